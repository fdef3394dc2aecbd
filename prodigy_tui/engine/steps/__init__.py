"""Running one step in any context, and everything around its command."""
