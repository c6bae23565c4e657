"""The sample data: the tables and files of the demo, and what their lineage should be."""
