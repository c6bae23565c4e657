"""
A catalog that pyatlan cannot tell from Atlan, kept in SQLite.

`server.Server` serves it; `save`, `remove` and `read` are what a request does to the store; `search` and `lineage`
answer questions. It is as strict as the real server where that is known, and refuses by name what it doesn't do.
"""
