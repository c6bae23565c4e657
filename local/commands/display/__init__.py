"""Prints a line for each notification, and a bucket's lineage as a tree."""
