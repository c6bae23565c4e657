"""The commands of `python -m connector`: each prints what it found or did, and has no rules of its own."""
