"""Runs the connector on this machine, with an Atlan-compatible catalog and an AWS, without any account."""
