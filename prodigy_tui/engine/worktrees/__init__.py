"""What the engine does to worktrees besides running steps in them."""
