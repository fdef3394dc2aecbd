"""One screen a module: composition and what its keys mean there."""
