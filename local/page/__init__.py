"""
The lineage page of the local catalog: search, an asset's attributes and relationships, and the lineage as a graph.

`python -m local serve` and `demo` call `beside.put`. The page only reads, and its visitors need no API key;
ARCHITECTURE.md says why.
"""
