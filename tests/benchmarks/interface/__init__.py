"""What the interface costs and how fast it answers, measured on the real app in a real pseudo-terminal."""
