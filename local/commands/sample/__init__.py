"""The sample data: the tables and files of the demo, and their expected lineage."""
