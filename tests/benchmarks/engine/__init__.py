"""What items, steps and worktrees cost beside the same work without the program."""
