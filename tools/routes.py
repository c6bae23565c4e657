"""
Check the packaged routes file with the code that reads it in Lambda: `python -m tools.routes`.

`tools/artifact.py` runs it, so that a routes file with errors is not built, let alone deployed.
"""

import sys

from connector import config, routesfile
from connector.errors import ConfigurationError


def main() -> int:
    """Print the errors, and return the exit status."""
    try:
        routesfile.load(config.ROUTES)
    except ConfigurationError as error:
        print(f"build: {error}", flush=True)  # to stdout, since SAM shows stderr only if the build fails
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
