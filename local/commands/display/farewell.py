"""What `demo` prints at its end about the lineage page, and, if it stays up, about files of one's own."""

from collections.abc import Mapping
from typing import Final

from rich.console import Console

from local.commands import place, runtime
from local.commands.sample import pipeline

HINT: Final = f"see the lineage as a graph, and add files: make demo KEEP=1, then open {place.CATALOG}/"
_NEXT: Final = "exports/nycflights/flights/2013-01-04.csv"


def tell(console: Console, page: str, environment: Mapping[str, str]) -> None:
    """Print the page's address, and commands for another terminal; the demo stays up meanwhile."""
    catalog, aws = environment["ATLAN_BASE_URL"], environment["AWS_ENDPOINT_URL"]
    file, url = "local/data/flights-2013-01-03.csv", f"s3://{pipeline.BUCKET}/{_NEXT}"
    console.print(f"\nThe lineage page: {page}", style="bold")
    console.print("Add a file from another terminal, in the same folder, and watch it appear there:\n", soft_wrap=True)
    if (catalog, aws) != (place.CATALOG, place.AWS):
        console.print(f"  export ATLAN_BASE_URL={catalog} AWS_ENDPOINT_URL={aws}", soft_wrap=True)
    python = runtime.python()
    console.print(f"  {python} -m local put {file} {url}", soft_wrap=True)
    console.print(f"  {python} -m local rm {url}", soft_wrap=True)
    console.print("\nOr with the AWS CLI:\n")
    settings = ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    console.print(f"  export {' '.join(f'{name}={environment[name]}' for name in settings)}", soft_wrap=True)
    console.print(f"  aws s3 cp {file} {url}", soft_wrap=True)
    console.print("\nThe demo stays up. Press Ctrl-C to stop.\n", style="bold")
