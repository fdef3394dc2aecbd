"""Runs at rest: what of them is left on disk and in git, what may go, and how it goes."""
