"""The kinds of steps, one a module."""
