"""Agents' branches into the run's branch, and that into the user's."""
