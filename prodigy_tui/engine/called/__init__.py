"""Runs that steps call: a workflow with a map is a run of its own, in the worktree of the step that calls it."""
