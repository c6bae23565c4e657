"""Keeps an Atlan catalog in sync with S3: objects, and their lineage from PostgreSQL to Snowflake."""
