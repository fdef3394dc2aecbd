"""The dead letter queue as the command line sees it: entries, choosing among them, what is done with them."""
