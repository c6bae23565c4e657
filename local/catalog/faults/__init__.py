"""
Faults on demand: errors, delays, lost connections and the rate limit, as a tenant may show them.

What tests need of it is named here: `server.faults` is a `Faults`, to which they add a `Fault`.
"""

from local.catalog.faults.fault import Fault, Kind
from local.catalog.faults.layer import Entry, Faults
from local.catalog.faults.limit import Limit

__all__ = ["Entry", "Fault", "Faults", "Kind", "Limit"]
