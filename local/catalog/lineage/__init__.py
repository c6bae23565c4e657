"""Lineage: what is upstream or downstream of an entity, as a list or as a graph."""
