"""`python -m local show [s3://BUCKET/PREFIX]`: draws the lineage that the catalog of `serve` has."""

from argparse import Namespace

from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import S3Bucket
from pyatlan.model.fluent_search import FluentSearch
from rich.console import Console

from local.commands import place, runtime
from local.commands.display import picture, tree
from local.commands.url import Url


def run(options: Namespace) -> int:
    """
    Draw a bucket, or what is below a prefix of it; without a URL, all buckets of the catalog.

    Raises:
        SystemExit: the URL is not one of S3, or no `serve` runs; says what to do.
    """
    wanted = Url.read(options.url) if options.url else None
    with runtime.screen() as (console, _):
        atlan = place.running().atlan
        urls = [wanted] if wanted else [Url(bucket, "") for bucket in _buckets(atlan)]
        for number, url in enumerate(urls):
            if number:
                console.print()
            draw(console, atlan, url)
        if not urls:
            console.print("The catalog has no bucket yet; upload a file that a route takes.")
    return 0


def draw(console: Console, atlan: AtlanClient, url: Url) -> None:
    """Draw the objects whose keys begin with the URL's key."""
    found = picture.read(atlan, url.bucket).under(url.key)
    console.print(tree.draw(found) if found.flows else f"{url}: nothing in the catalog", soft_wrap=not found.flows)


def _buckets(atlan: AtlanClient) -> list[str]:
    found = FluentSearch.select().where(FluentSearch.asset_type(S3Bucket)).execute(atlan)
    return sorted(dict.fromkeys(str(bucket.name) for bucket in found))
