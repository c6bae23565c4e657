"""Runs the connector locally, with an Atlan-compatible catalog and simulated AWS services, without any account."""
