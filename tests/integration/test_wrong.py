"""
Every request to Atlan × every wrong answer: each ends by name, none leaves a mark, and none shows the API key.

Without SOAK, each wrong answer is applied to a save, an archive or a read, in turn.
"""

import io
import json
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.wrappers import Request as Received
from werkzeug.wrappers import Response

from connector import log
from connector.log import logger
from local.catalog.faults import Fault, Kind
from local.catalog.server import Server
from tests.integration.cell import Cell, Request, State, World, prepare
from tests.integration.matrix import REQUESTS
from tests.integration.site import Site, site
from tests.integration.wrong import KEY, WRONGS, Wrong

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STEP = 1 if os.environ.get("SOAK") else 21
"""One cell in this many is tried: 21 has no divisor in common with the number of requests."""


class Front:
    """The catalog behind something that answers for it; `met` counts how often it did."""

    def __init__(self, server: Server, request: Request, wrong: Wrong) -> None:
        self._server, self._request, self._left, self.wrong = server, request, request.after, wrong
        self._app, self.key, self.met = server.faults, KEY, 0
        self.lasts = True
        server._listener.app = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        known = environ.get("HTTP_AUTHORIZATION") == f"Bearer {KEY}"
        environ["HTTP_AUTHORIZATION"] = f"Bearer {self._server.key if known else 'none'}"
        response = self._answer(environ) if self._befalls(environ) else None
        return (response or Response.from_app(self._app, environ, buffered=True))(environ, start_response)

    def _befalls(self, environ: "WSGIEnvironment") -> bool:
        received = Received(environ)
        body = received.get_data().decode()
        environ["wsgi.input"] = io.BytesIO(body.encode())
        if not self.lasts or not self._request.suffers(Fault(Kind.STATUS)).matches(
            received.method, received.path, body
        ):
            return False
        self._left -= 1
        return self._left < 0

    def _answer(self, environ: "WSGIEnvironment") -> Response | None:
        if not self.wrong.served and environ["REQUEST_METHOD"] != "GET":
            made = self.wrong.answer(Response())
        else:
            right = Response.from_app(self._app, environ, buffered=True)
            made = self.wrong.answer(right)
            if made is None:
                return right
        self.met += 1
        return made


@contextmanager
def place() -> Iterator[Site]:
    with site() as opened:
        yield opened
        log._hidden.clear()


def rows(state: State) -> set[tuple[str, ...]]:
    """Return what there is: entities by type, name and status, and edges."""
    return {row[:3] for row in state}


def tried(opened: Site, request: Request, wrong: Wrong, truth: State) -> Cell | None:
    """Receive the scene's notification while a request is answered wrongly, and again afterwards."""
    with opened.copy(request.scene) as server:
        front = Front(server, request, wrong)
        world = World(opened, request.scene, front, REQUESTS)  # type: ignore[arg-type]
        world.watch()
        before = world.state()
        cell = world.receive()
        if not front.met:
            return None
        assert cell.reason in wrong.reasons or (request.explains and not cell.reason), (
            f"ends by {cell.reason!r}: {cell.error}"
        )
        assert not cell.dead, f"a dead letter: {cell.error}"
        assert KEY not in cell.error, cell.error
        assert cell.error.isprintable(), cell.error
        strange = rows(world.state()) - rows(before) - rows(truth)
        assert not strange, f"wrong assets: {sorted(strange)[:5]}"
        front.lasts = False
        world.recover(cell)
        if cell.delay is not None:
            assert cell.delay <= 900
            last = world.receive()
            assert not last.reason, f"the second receive: {last.error}"
        assert "messages are left" not in world.lost(), world.lost()
        left = Counter(truth) - Counter(world.state()), Counter(world.state()) - Counter(truth)
        assert not any(left), f"missing, too much: {left}"
        return replace(cell, met=front.met)


@pytest.mark.unmeasured
@pytest.mark.timeout(1800)
def test_wrong() -> None:
    """
    Each ends by its reason; no dead letter, no wrong asset; the next attempt succeeds, and the state is the true one.

    No error and no line of the log has the API key.
    """
    places = [(request, name) for name in WRONGS for request in REQUESTS][::STEP]
    with place() as opened, ThreadPoolExecutor(16) as pool:
        truths = {scene: prepare(opened, scene, REQUESTS) for scene in {request.scene for request in REQUESTS}}
        futures = {
            (request.name, name): pool.submit(tried, opened, request, WRONGS[name], truths[request.scene])
            for request, name in places
        }
        errors = {where: str(error)[:600] for where, future in futures.items() if (error := future.exception())}
        assert isinstance(logger.registered_handler.stream, io.StringIO)
        written = logger.registered_handler.stream.getvalue()

    assert not errors, json.dumps({" × ".join(where): error for where, error in errors.items()}, indent=1)
    assert "notification.failed" in written
    assert KEY not in written
    met = {name for (_, name), future in futures.items() if future.result()}
    assert len(met) > 40
    assert STEP > 1 or met == set(WRONGS), set(WRONGS) - met
