"""Keeps an Atlan catalog equal to what S3 holds: objects, and their lineage from PostgreSQL to Snowflake."""
