"""One line a person can read for every event: what a headless run says, and what `events` prints."""
