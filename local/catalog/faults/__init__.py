"""Faults on demand: errors, delays, lost connections and the rate limit, as a tenant may show them."""
