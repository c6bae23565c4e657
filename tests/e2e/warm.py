"""
Runs the commands of `python -m local`, each in a process of its own, which is forked when the imports are done.

Tests run it, as `python -m tests.e2e.warm`, since pyatlan and moto take five seconds of CPU to import. A command is a
line of JSON on stdin: its arguments, its environment, and the files for its stdout and stderr. Its exit status is a
line on stdout. This process has no threads, so forking is safe.
"""

import gc
import json
import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

import boto3  # noqa: F401
import moto.dynamodb.responses
import moto.moto_server.werkzeug_app
import moto.s3.responses
import moto.secretsmanager.responses
import moto.sqs.responses  # noqa: F401
import pyatlan.client.atlan
import pyatlan.model.fluent_search  # noqa: F401


def main() -> None:
    """Run commands until stdin ends."""
    gc.freeze()  # or each process goes through all that was imported, to find that none of it is garbage
    for line in sys.stdin:
        command = json.loads(line)
        child = os.fork()
        if not child:
            _become(command)
            runpy.run_module("local", run_name="__main__", alter_sys=True)
            return
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(command: dict[str, Any]) -> None:
    """Take over what a shell would give the command, and leave its process id."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background, as of CI, ignores
    Path(command["pid"]).write_text(str(os.getpid()), encoding="utf-8")
    sys.argv = ["local", *command["arguments"]]
    os.environ.clear()
    os.environ.update(command["environment"])
    for number, path in enumerate((os.devnull, command["out"], command["err"])):
        opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)


if __name__ == "__main__":
    main()
