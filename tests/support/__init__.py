"""
What tests share.

`shop` has the names and the routes, `notice` the notifications. `clock`, `store`, `catalog` and its `client` are the
outside world in memory, behind the ports of the connector; `world` puts them together, and the simulation puts a
network between them.
`cloud` and `crawler` set up what is needed over HTTP: settings, queues, leases, tables.
"""
