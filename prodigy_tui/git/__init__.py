"""Everything that is done with git: `repo` and `refs` find, `inspect` looks, `worktrees` makes places to work in,
`merge` and `sync` bring work together, `landing` gives it to the user. All of it goes through `run`.
"""
