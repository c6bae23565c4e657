"""Atlan through pyatlan: the catalog port, our assets as models, the client, and its errors."""
