"""The commands of `python -m local`: one module each, a package for what they print, and one for the sample data."""
