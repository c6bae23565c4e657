"""Roles, users, groups and API keys: a fixed set, since connections need an administrator."""
