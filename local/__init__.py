"""The embedded default: an Atlan-compatible catalog and AWS, on this machine, with nothing to sign up for."""
