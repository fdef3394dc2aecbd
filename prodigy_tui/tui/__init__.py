"""The terminal interface: a picture of a run's state, live or in the past, and the questions a person answers there."""
