"""
An Atlan-compatible catalog, kept in SQLite: README.md says how to run it, how to use it in tests, and what it refuses.

`server.Server` serves it. It is as strict as the real server where that is known, and refuses by name what it doesn't
do.
"""
