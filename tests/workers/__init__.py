"""The handler in real processes that are killed, over HTTP: what the simulation shows by seed, less deterministic."""
