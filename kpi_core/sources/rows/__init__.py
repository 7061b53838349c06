"""Text to canonical rows: staged, typed, shaped, emitted."""
