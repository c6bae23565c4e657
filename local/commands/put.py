"""`python -m local put FILE s3://BUCKET/KEY`: uploads a file to the S3 of `serve`, and draws its lineage."""

from argparse import Namespace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.commands import place, runtime, show
from local.commands.url import Url


def run(options: Namespace) -> int:
    """
    Upload the file, wait until `serve` has handled the notification, and draw the object.

    Raises:
        SystemExit: the file or the URL is wrong, or no `serve` runs; says what to do.
    """
    url = Url.read(options.url)
    key = f"{url.key}{options.file.name}" if not url.key or url.key.endswith("/") else url.key
    try:
        body = options.file.read_bytes()
    except OSError as error:
        raise SystemExit(f"{options.file}: {error.strerror}; give the path of a file") from error
    return change(Url(url.bucket, key), "put_object", Body=body)


def change(url: Url, how: str, **what: Any) -> int:
    """
    Change an object by a method of boto3's S3 client, wait until `serve` has handled that, and draw the object.

    Raises:
        SystemExit: S3 rejects the request; says what to do.
    """
    with runtime.screen() as (console, _):
        where = place.running()
        try:
            getattr(where.aws("s3"), how)(Bucket=url.bucket, Key=url.key, **what)
        except (BotoCoreError, ClientError) as error:
            raise SystemExit(f"{url}: {error}; {_advice(where, url.bucket)}") from error
        where.wait()
        show.draw(console, where.atlan, url)
        console.print("The terminal of serve has the outcome of the notification.", style="dim")
    return 0


def _advice(where: place.Place, bucket: str) -> str:
    known = sorted(f"s3://{one['Name']}" for one in where.aws("s3").list_buckets()["Buckets"])
    return f"serve has {', '.join(known) or 'no buckets'}; for another one, start it with --bucket {bucket}"
