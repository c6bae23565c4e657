"""
An Atlan-compatible catalog, kept in SQLite; README.md explains how to run it and how to use it in tests.

`server.Server` serves it. It is as strict as the real server where that is known, and rejects
features that it does not have, by name.
"""
