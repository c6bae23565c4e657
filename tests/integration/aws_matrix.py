"""
The fault matrix of AWS: every request × every fault of AWS or of a proxy, and what happens to the notification.

`python -m tests.integration.aws_matrix` writes it into ARCHITECTURE.md, in three minutes. With `all` or `quick` it
prints all of it or a part, which `test_matrix` compares with what is written there.
"""

import sys
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from local.aws.faults import Answer, Fault, Kind, answers
from local.catalog.faults import Fault as AtlanFault
from local.catalog.faults import Kind as AtlanKind
from tests.integration.cell import Cell, State, World, finish, prepare
from tests.integration.site import Scene, Site, site
from tests.integration.tables import Place, Section, noted

COMMAND: Final = "python -m tests.integration.aws_matrix"

_LASTS: Final = 1_000
_UPLOAD, _EMPTY = Scene("upload"), Scene("empty", empty=True)
_SWEEP = Scene("sweep", order=True)
_REMOVAL = Scene("removal-of-one", removal=True, others=True)


@dataclass(frozen=True, slots=True)
class Request:
    """
    A request that the connector makes to AWS in a scene.

    `status` is the status of all responses of Atlan, 0 if it works; `secret`: the API key is in Secrets Manager;
    `start`: the process starts while AWS fails.
    """

    name: str
    service: str
    scene: Scene
    status: int = 0
    secret: bool = False
    start: bool = False

    @property
    def operation(self) -> str:
        """The operation, as AWS's API references name it."""
        return self.name.split()[0].rstrip(":")


REQUESTS: Final = (
    Request("GetObject", "s3", _UPLOAD),
    Request("HeadObject: an empty object", "s3", _EMPTY),
    Request("ListObjectsV2: is the pair over", "s3", _REMOVAL),
    Request("ListObjectsV2: a sweep", "s3", _SWEEP),
    Request("PutItem: take the lease", "dynamodb", _UPLOAD),
    Request("UpdateItem: end the lease", "dynamodb", _UPLOAD),
    Request("ChangeMessageVisibilityBatch: delay", "sqs", _UPLOAD, status=500),
    Request("SendMessageBatch: dead-letter", "sqs", _UPLOAD, status=403),
    Request("SendMessageBatch: hints of a sweep", "sqs", _SWEEP),
    Request("GetSecretValue: at the start", "secretsmanager", _UPLOAD, secret=True, start=True),
    Request("GetSecretValue: after a 401 of Atlan", "secretsmanager", _UPLOAD, status=401, secret=True),
)


def _coded(s3: tuple[int, str], others: tuple[int, str], *, times: int = _LASTS) -> Callable[[str], Fault]:
    """Return a fault that is an error response with the code that each service has for it."""
    return lambda service: Fault(
        Kind.ANSWER, count=times, answer=answers.error(service, *(s3 if service == "s3" else others))
    )


def _all(kind: Kind, *, times: int = _LASTS, answer: Answer | None = None) -> Callable[[str], Fault]:
    fault = Fault(kind, count=times, delay=60)
    return lambda _: replace(fault, answer=answer) if answer else fault


FAULTS: Final[Mapping[str, Callable[[str], Fault]]] = {
    "500, once": _coded((500, "InternalError"), (500, "InternalServerError"), times=1),
    "throttled, once": _coded((503, "SlowDown"), (400, "ThrottlingException"), times=1),
    "reset, once": _all(Kind.RESET, times=1),
    "reset after it was served, once": _all(Kind.LOST, times=1),
    "expired credentials": _coded((400, "ExpiredToken"), (400, "ExpiredTokenException")),
    "wrong clock or secret key": _coded((403, "RequestTimeTooSkewed"), (400, "InvalidSignatureException")),
    "access denied": _coded((403, "AccessDenied"), (400, "AccessDeniedException")),
    "no such bucket, table, queue or secret": _coded((404, "NoSuchBucket"), (400, "ResourceNotFoundException")),
    "400 RequestTimeout": _coded((400, "RequestTimeout"), (400, "RequestTimeoutException")),
    "500": _coded((500, "InternalError"), (500, "InternalServerError")),
    "throttled": _coded((503, "SlowDown"), (400, "ThrottlingException")),
    "200 of a proxy": _all(Kind.ANSWER, answer=answers.page(200)),
    "302 of a proxy": _all(Kind.ANSWER, answer=answers.page(302, Location="https://login.example.com/")),
    "403 of a proxy": _all(Kind.ANSWER, answer=answers.page(403)),
    "404 of a proxy": _all(Kind.ANSWER, answer=answers.page(404)),
    "404 that only looks like AWS's": _all(
        Kind.ANSWER, answer=Answer(404, b"<Error><Message>NoSuchKey</Message></Error>")
    ),
    "no answer": _all(Kind.LATE),
    "reset": _all(Kind.RESET),
    "reset after it was served": _all(Kind.LOST),
    "half an answer": _all(Kind.TRUNCATED),
}
SECTION: Final = Section("## When AWS fails\n", FAULTS, [request.name for request in REQUESTS])

BODIES: Final = ("half an answer", "no such bucket, table, queue or secret")
"""Faults that need a body, which a response to HEAD does not have: a 404 of S3 to a HEAD means no such object."""

QUICK: Final = ("expired credentials", "404 of a proxy")
"""Faults that represent all in a quick run."""


class AwsWorld(World):
    """A world in which AWS fails."""

    def __init__(self, opened: Site, request: Request, server: object) -> None:
        super().__init__(opened, request.scene, server)
        self._request = request
        if request.secret:
            opened.secrets.create_secret(Name=self._name, SecretString=self._server.key)
            self._settings = {"ATLAN_API_KEY_SECRET": self._name}
            self._app = self.process()

    def suffers(self, fault: Fault) -> Cell:
        """Receive the notification while the request meets the fault; Atlan answers with `status`."""
        request = self._request
        agent = rf"app/{self._name}(\s|$)"
        armed = self._site.faults.add(replace(fault, service=request.service, operation=request.operation, agent=agent))
        if request.status:
            self._server.faults.add(AtlanFault(AtlanKind.STATUS, status=request.status, count=_LASTS))
        cell = self.start() if request.start else self.receive()
        self._site.faults.remove(armed)
        assert armed.met, "the request was not made"
        return replace(cell, met=armed.met)


def measure(world: AwsWorld, fault: Fault, truth: State) -> Cell:
    """
    Receive the notification while a request meets the fault, and again after the fault.

    Raises:
        AssertionError: something is lost.
    """
    cell = world.suffers(fault)
    world.recover(cell)
    finish(world, truth)
    return cell


def places(*, quick: bool = False) -> tuple[Place, ...]:
    """List the cells, the longest first."""
    return tuple(
        (fault, request.name)
        for fault in sorted(FAULTS, key=lambda name: name != "no answer")
        for request in REQUESTS
        if not (fault in BODIES and request.operation == "HeadObject") and (not quick or fault in QUICK)
    )


def matrix(wanted: Collection[Place]) -> dict[Place, Cell]:
    """
    Measure these cells, many at once, since most of them wait.

    Raises:
        ExceptionGroup: of an error for each cell in which something was lost.
    """
    requests = {request.name: request for request in REQUESTS}
    with site() as opened, ThreadPoolExecutor(24) as pool:
        truths = {scene: prepare(opened, scene, ()) for scene in {request.scene for request in REQUESTS}}

        def cell(place: Place) -> Cell:
            request = requests[place[1]]
            with opened.copy(request.scene) as server:
                world = AwsWorld(opened, request, server)
                return measure(world, FAULTS[place[0]](request.service), truths[request.scene])

        futures = {place: pool.submit(cell, place) for place in wanted}
        errors = [noted(error, place) for place, future in futures.items() if (error := future.exception())]
    if errors:
        raise ExceptionGroup("cells in which something was lost", errors)
    return {place: futures[place].result() for place in wanted}


def main(scope: str = "") -> None:
    """Measure the matrix, and print it or write it."""
    lines = SECTION.table({place: str(cell) for place, cell in matrix(places(quick=scope == "quick")).items()})
    if scope:
        sys.stdout.writelines(f"{line}\n" for line in lines)
    else:
        SECTION.write(lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
