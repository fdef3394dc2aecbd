"""Putting one workflow together from several files: places, imports, bases, templates, parameters (language 15)."""
