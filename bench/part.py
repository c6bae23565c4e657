"""Runs one part, `python -m bench.part NAME [--small]`, and prints each sample as a line of JSON; `bench` calls it."""

import json
import sys
from importlib import import_module


def main(name: str, *flags: str) -> None:
    """Measure a part."""
    for sample in import_module(f"bench.parts.{name}").measure(small="--small" in flags):
        print(json.dumps(sample), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
