"""The command line: the composition root, the only room that reads arguments, environment and working directory."""
