"""What a step that succeeded must hold against: checks, scores, schemas."""
