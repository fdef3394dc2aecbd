"""What a person can do, by subject; `registry` is the whole list."""
