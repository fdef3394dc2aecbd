"""Work items: where they come from, one attempt at one of them, what it leaves."""
