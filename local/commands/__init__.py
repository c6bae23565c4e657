"""The commands of `python -m local`: one module each, a package for printing, and one for the sample data."""
