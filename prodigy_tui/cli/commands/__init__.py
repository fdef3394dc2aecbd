"""One verb a file. A command reads its arguments, calls one thing that does the work, prints, returns an exit code."""
