"""One run: its state, its gate, the versions that answer, its end."""
