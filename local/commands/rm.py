"""`python -m local rm s3://BUCKET/KEY`: deletes an object from the S3 of `serve`, and draws its lineage."""

from argparse import Namespace

from local.commands.put import change
from local.commands.url import Url


def run(options: Namespace) -> int:
    """
    Delete the object, wait until `serve` has handled the notification, and draw the object.

    Raises:
        SystemExit: the URL is wrong, or no `serve` runs; says what to do.
    """
    url = Url.read(options.url)
    if not url.key:
        raise SystemExit(f"{options.url}: give the whole URL of the object, as in s3://acme-exports/exports/orders.csv")
    return change(url, "delete_object")
