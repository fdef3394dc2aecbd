"""What a run's data cost: its log, the state folded from it, its items, and what is merged."""
