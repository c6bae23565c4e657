"""The files for local use say what `serve` provides."""

from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from local.aws.server import Bucket
from local.commands import stack
from local.commands.sample.pipeline import BUCKET

AWS = "http://127.0.0.1:5555"
ENV = Path(__file__).parents[2] / "local/serve.env"


def test_serve_env() -> None:
    """local/serve.env has the settings of `make serve`, so that a copy of it as .env is all that a command needs."""
    found = dotenv_values(stream=StringIO(ENV.read_text(encoding="utf-8")))

    queues = stack.queues(Bucket(BUCKET, f"{AWS}/123456789012/{BUCKET}", f"{AWS}/123456789012/{BUCKET}-dead"))
    assert found == stack.variables("http://127.0.0.1:8585", AWS) | queues
