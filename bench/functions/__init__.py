"""Handlers that AWS's runtime emulator runs with the packages of the built artifact; see `bench.parts.cold`."""
