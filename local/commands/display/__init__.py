"""What the commands print: a line for each notification, and a bucket's lineage as a tree."""
