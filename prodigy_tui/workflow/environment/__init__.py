"""The environment of a run as data: files of variables, profiles, the order of variables, what is missing."""
