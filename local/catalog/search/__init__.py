"""Search: queries in Elasticsearch's language, compiled to SQL over an index of the entities."""
