"""What the interface shows, as plain data: folded from events, known to no widget. Nothing here imports Textual."""
