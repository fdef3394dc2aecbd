"""Refs and branches of a run at one look: where each stands."""

from prodigy_tui.git.repo import Repository
from prodigy_tui.git.run import run_git
from prodigy_tui.ids import Oid

_HEADS = "refs/heads/"


def branches_below(repo: Repository, prefix: str) -> dict[str, Oid]:
    """Returns the branches whose names begin with the folder `prefix`, which ends with a slash, and their commits."""
    return {name.removeprefix(_HEADS): commit for name, commit in refs_below(repo, f"{_HEADS}{prefix}").items()}


def refs_below(repo: Repository, prefix: str) -> dict[str, Oid]:
    """Returns the refs whose full names begin with the folder `prefix`, which ends with a slash, and their commits."""
    listing = ("for-each-ref", "--format=%(refname) %(objectname)", prefix)
    lines = run_git(f"--git-dir={repo.common_dir}", *listing, cwd=repo.common_dir).text.splitlines()
    return {name: Oid(commit) for name, _, commit in (line.partition(" ") for line in lines)}
