"""
DataHub's S3 source, which writes what it finds to a file: runs in an environment of its own, `.venv/datahub`.

It is the source of acryl-datahub with its default settings, on one dataset for each file, and schemas inferred from the
files. It lists the bucket in each run, reads each file, and makes no lineage. Its sink is a file, so that no server of
DataHub takes time; what a server would do with it is not measured.
"""

import os
from typing import Any

from datahub.ingestion.run.pipeline import Pipeline

from bench.subject import Action, serve


def prepare(bucket: str, sink: str) -> Action:
    """Ingest all of a bucket, and write to the file *sink*."""
    access = {
        "aws_endpoint_url": os.environ["AWS_ENDPOINT_URL"],
        "aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],
        "aws_region": os.environ["AWS_DEFAULT_REGION"],
    }
    source = {"path_specs": [{"include": f"s3://{bucket}/exports/*/*/*.csv"}], "aws_config": access}
    recipe = {
        "source": {"type": "s3", "config": source},
        "sink": {"type": "file", "config": {"filename": sink}},
    }
    pipeline = Pipeline.create(recipe, report_to=None)

    def action() -> dict[str, Any]:
        pipeline.run()
        pipeline.raise_from_status()
        return {}

    return action


if __name__ == "__main__":
    serve(prepare)
