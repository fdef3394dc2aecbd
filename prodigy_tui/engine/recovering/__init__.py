"""Taking up a run that another process drove: each kind of thing that may be in doubt has a module."""
