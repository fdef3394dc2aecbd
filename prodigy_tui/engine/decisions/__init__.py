"""What should happen next and what things mean, as pure functions of workflow, state and time."""
