"""Programs that measure, by hand: what is measured depends on the machine, so none of them is a test."""
