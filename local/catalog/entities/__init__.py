"""Entities and the relationships between them: reading, saving, archiving, deleting and restoring."""
