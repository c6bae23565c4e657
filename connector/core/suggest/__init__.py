"""Proposes routes from the keys of a bucket and the tables of Atlan; `connector.suggest` calls it."""
