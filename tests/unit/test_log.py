"""One log line per notification, with every fact as a field, and its metrics."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from connector import log
from connector.core import notification
from connector.core.asset import Name, Type
from connector.core.columns import Rules
from connector.core.disposition import Tally
from connector.core.notification import Malformed, Notification, Record
from connector.core.order import Scope
from connector.core.pattern import pattern
from connector.core.report import Changes, Outcome, Report, attributes, facts
from connector.core.route import Match, Route
from connector.core.slice import Everywhere, Slice
from connector.errors import BrakeError, BusyError, ConnectorError, ForbiddenError, MalformedError, unexpected
from connector.log import Event, Journal, Metric, logger, metrics

MATCH = Match(Route("daily", "acme", pattern("**"), None, None, Rules()), "s/t", "t/T")
HERE = Notification("acme", "a b.csv", "ObjectCreated:Put")
NAMES = [Name(Type.OBJECT, f"c/{index}") for index in range(6)]
CHANGES = Changes(frozenset(NAMES[:1]), frozenset(NAMES[1:3]), frozenset(NAMES[3:]))

BAD = MalformedError("not an S3 notification")
BRAKE = BrakeError("s3://acme/", 2, 3, 10)
SWEEP = Slice(Scope("acme"), begun=1)
REPORTS = {
    "applied": Report(HERE, Outcome.APPLIED, "", MATCH, exists=True, changes=CHANGES, duration_ms=12),
    "incomplete": Report(
        HERE, Outcome.APPLIED, "incomplete", MATCH, ("t/T",), ("a and A",), exists=False, duration_ms=0
    ),
    "ignored": Report(HERE, Outcome.IGNORED, "no_route"),
    "acknowledged": Report(notification.S3TestEvent("acme"), Outcome.ACKNOWLEDGED, "test_event"),
    "malformed": Report(Malformed(BAD), Outcome.FAILED, "malformed_event", error=BAD),
    "sweep started": Report(Everywhere(), Outcome.ACKNOWLEDGED, "sweeps_started", sweeps=("s3://acme/",)),
    "sweep counted": Report(SWEEP, Outcome.APPLIED, swept=SWEEP.facts(2), duration_ms=7),
    "sweep sent": Report(SWEEP, Outcome.APPLIED, hints=3, swept=SWEEP.second().facts(2), duration_ms=7),
    "sweep finished": Report(SWEEP, Outcome.APPLIED, "finished", hints=3, swept=SWEEP.sent().facts(2), duration_ms=7),
    "sweep failed": Report(SWEEP, Outcome.FAILED, "brake", error=BRAKE, swept=SWEEP.facts(2), duration_ms=7),
    "sweep not begun": Report(Everywhere(), Outcome.FAILED, "busy", error=BusyError("c is taken")),
    "busy": Report(HERE, Outcome.FAILED, "busy", MATCH, error=BusyError("c is taken"), duration_ms=3),
}
ROUTED = {"event": "ObjectCreated:Put", "bucket": "acme", "key": "a b.csv", "route": "daily"}
ROUTED |= {"source": "s/t", "target": "t/T"}
NONE = {"assets_created": 0, "assets_updated": 0, "assets_retired": 0}
OUTCOMES = {
    "applied": (Event.APPLIED, Metric.APPLIED),
    "incomplete": (Event.APPLIED, Metric.APPLIED),
    "ignored": (Event.IGNORED, Metric.IGNORED),
    "acknowledged": (Event.ACKNOWLEDGED, Metric.ACKNOWLEDGED),
    "malformed": (Event.FAILED, Metric.FAILED),
    "sweep started": (Event.STARTED, Metric.HINTS),
    "sweep counted": (Event.COUNTED, Metric.HINTS),
    "sweep sent": (Event.SENT, Metric.HINTS),
    "sweep finished": (Event.FINISHED, Metric.SWEPT),
    "sweep failed": (Event.STOPPED, Metric.STOPPED),
    "sweep not begun": (Event.STOPPED, Metric.STOPPED),
    "busy": (Event.FAILED, Metric.FAILED),
}


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """The output of the logger; the metrics are empty before and after."""
    stream = StringIO()
    before = logger.registered_handler.setStream(stream)
    metrics.clear_metrics()
    yield stream
    metrics.clear_metrics()
    logger.registered_handler.setStream(before)


def counted() -> dict[str, list[float]]:
    """Return the values of the metrics that were counted."""
    return {name: metric["Value"] for name, metric in metrics.metric_set.items()}


def written(lines: StringIO) -> dict[str, Any]:
    """Return the one line that was written."""
    (line,) = lines.getvalue().splitlines()
    fields: dict[str, Any] = json.loads(line)
    return fields


@pytest.mark.parametrize("name", REPORTS)
def test_closing(lines: StringIO, name: str) -> None:
    """A notification or slice has exactly one log line, named by its outcome, with every fact as a field."""
    event, metric = OUTCOMES[name]

    Journal().closing(REPORTS[name])

    line = written(lines)
    assert line["message"] == event
    assert line["level"] == ("ERROR" if event in (Event.FAILED, Event.STOPPED) else "INFO")
    assert line.items() >= facts(REPORTS[name]).items()
    assert counted()[metric] == [REPORTS[name].hints if metric is Metric.HINTS else 1]
    assert (Metric.HINTS in counted()) == name.startswith("sweep")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "sweep started",
            {
                "outcome": "acknowledged",
                "reason": "sweeps_started",
                "event": "sweep",
                "sweep": "*",
                "max_retired": 10.0,
                "sweeps": ["s3://acme/"],
            },
            id="sweep started",
        ),
        pytest.param(
            "sweep sent",
            {
                "outcome": "applied",
                "event": "sweep",
                "sweep": "s3://acme/",
                "bucket": "acme",
                "max_retired": 10.0,
                "phase": "send",
                "slice": 1,
                "stage": "objects",
                "objects_total": 0,
                "objects_listed": 0,
                "objects_cataloged": 0,
                "pairs": 0,
                "names_twice": 0,
                "pairs_undecided": 0,
                "found": {},
                "examples": {},
                "elapsed_s": 1,
                "hints_sent": 3,
                "duration_ms": 7,
            },
            id="sweep sent",
        ),
        pytest.param(
            "applied",
            {
                "outcome": "applied",
                **ROUTED,
                "object_exists": True,
                "assets_created": 1,
                "assets_updated": 2,
                "assets_retired": 3,
                "duration_ms": 12,
            },
            id="applied",
        ),
        pytest.param(
            "incomplete",
            {
                "outcome": "applied",
                "reason": "incomplete",
                **ROUTED,
                "object_exists": False,
                "missing": ["t/T"],
                "findings": ["a and A"],
                **NONE,
                "duration_ms": 0,
                "explain": "python -m connector explain 's3://acme/a b.csv'",
            },
            id="incomplete",
        ),
        pytest.param(
            "ignored",
            {
                "outcome": "ignored",
                "reason": "no_route",
                "event": "ObjectCreated:Put",
                "bucket": "acme",
                "key": "a b.csv",
            },
            id="ignored",
        ),
        pytest.param(
            "acknowledged",
            {"outcome": "acknowledged", "reason": "test_event", "event": "s3:TestEvent", "bucket": "acme"},
            id="acknowledged",
        ),
        pytest.param(
            "malformed",
            {
                "outcome": "failed",
                "reason": "malformed_event",
                "error": "not an S3 notification",
                "retryable": False,
            },
            id="malformed",
        ),
        pytest.param(
            "busy",
            {
                "outcome": "failed",
                "reason": "busy",
                **ROUTED,
                **NONE,
                "duration_ms": 3,
                "error": "c is taken",
                "retryable": True,
                "explain": "python -m connector explain 's3://acme/a b.csv'",
            },
            id="busy",
        ),
    ],
)
def test_facts(name: str, expected: dict[str, Any]) -> None:
    """Known facts are logged, also zeros; unknown ones are left out."""
    assert facts(REPORTS[name]) == expected


def test_unexpected(lines: StringIO) -> None:
    """An unexpected error is logged with its stack trace, since only the trace shows the place."""
    error = unexpected(KeyError("guid"), "search")

    Journal().closing(Report(HERE, Outcome.FAILED, error.reason, MATCH, error=error))

    line = written(lines)
    assert line["error"] == "search: unexpected error: KeyError: 'guid'; the log has the stack trace; report it"
    assert "KeyError: 'guid'" in line["exception"]


KEY = 'k"of\\acme-which-is-long'


@pytest.fixture
def secret() -> Iterator[str]:
    """A key that is to be hidden."""
    log.hide(KEY)
    yield KEY
    log._hidden.clear()


def test_hidden(lines: StringIO, secret: str) -> None:
    """A line has no key in it: not in its message, its fields, its exception nor its stack trace."""
    cause = ValueError(f"Illegal header value {f'Bearer {secret}'.encode()!r}")
    error = unexpected(cause, "search")

    Journal().closing(Report(HERE, Outcome.FAILED, error.reason, MATCH, error=error))
    logger.warning(f"with {secret}", extra={"nested": [{"key": secret}], secret: 1})

    for line in lines.getvalue().splitlines():
        assert secret not in str(json.loads(line))
        assert "of\\\\acme" not in line
        assert "***" in line


def test_hidden_elsewhere(secret: str) -> None:
    """The lines of other libraries, which go to the root logger's handlers, have no key in them either."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    other = logging.getLogger("httpcore.somewhere")
    try:
        log.hide(secret)
        try:
            int(secret)
        except ValueError:
            other.exception("sent %s", {"authorization": f"Bearer {secret}"})
        other.error("%d of what does not fit", secret)
    finally:
        logging.getLogger().removeHandler(handler)

    assert "ValueError: invalid literal" in stream.getvalue()
    assert "of what does not fit" in stream.getvalue()
    assert "acme" not in stream.getvalue()


@pytest.mark.parametrize("name", ["unrenewed", "unreleased"])
def test_trouble(lines: StringIO, name: str) -> None:
    """What is not about a notification is a warning, which says why."""
    getattr(Journal(), name)(BusyError("no"))

    line = written(lines)
    assert (line["level"], line["message"], line["error"]) == ("WARNING", Event[name.upper()], "no")


def test_attributes() -> None:
    """A dead letter has the reason, from the notification whose error decided."""
    error = ForbiddenError("S3 denies it " + "x" * 2000)
    reports = [REPORTS["applied"], REPORTS["busy"], Report(HERE, Outcome.FAILED, error.reason, MATCH, error=error)]

    said = attributes(reports, error)

    assert (said["reason"], said["route"], said["bucket"], said["key"]) == ("forbidden", "daily", "acme", "a b.csv")
    assert len(said["error"]) == 1024


@pytest.mark.parametrize("name", REPORTS)
def test_json(name: str) -> None:
    """Facts are valid JSON, for the log and for the response to a direct invocation."""
    found = facts(REPORTS[name])

    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("error", "retryable"),
    [pytest.param(ForbiddenError("no"), False, id="permanent"), pytest.param(BusyError("no"), True, id="transient")],
)
def test_retryable(error: ConnectorError, retryable: object) -> None:
    """A failure says whether retrying helps."""
    assert facts(Report(HERE, Outcome.FAILED, error.reason, error=error))["retryable"] is retryable


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "applied",
            {
                Metric.APPLIED: [1],
                Metric.INCOMPLETE: [0],
                Metric.COLUMNS: [0],
                Metric.CREATED: [1],
                Metric.UPDATED: [2],
                Metric.RETIRED: [3],
                Metric.DURATION: [12],
            },
            id="applied",
        ),
        pytest.param(
            "incomplete",
            {
                Metric.APPLIED: [1],
                Metric.INCOMPLETE: [1],
                Metric.COLUMNS: [0],
                Metric.CREATED: [0],
                Metric.UPDATED: [0],
                Metric.RETIRED: [0],
                Metric.DURATION: [0],
            },
            id="incomplete",
        ),
        pytest.param("ignored", {Metric.IGNORED: [1]}, id="ignored"),
        pytest.param("acknowledged", {Metric.ACKNOWLEDGED: [1]}, id="acknowledged"),
        pytest.param("busy", {Metric.FAILED: [1]}, id="failed"),
    ],
)
@pytest.mark.usefixtures("lines")
def test_metrics(name: str, expected: dict[str, list[float]]) -> None:
    """Every notification is counted, and one that was applied counts what it changed and how long it took."""
    Journal().closing(REPORTS[name])

    assert counted() == expected


@pytest.mark.usefixtures("lines")
def test_batch() -> None:
    """A batch counts its messages, also if there are none of a kind: an alarm sees that it is over."""
    Journal().batch(Tally(finished=3, retried=0, dead_lettered=1, oldest=0.0))

    assert counted() == {
        Metric.FINISHED: [3],
        Metric.RETRIED: [0],
        Metric.DEAD_LETTERED: [1],
        Metric.OLDEST: [0.0],
    }


@pytest.mark.usefixtures("lines")
def test_sums() -> None:
    """A batch has one value of each metric: the sum of what was counted, and the longest duration."""
    for name in ("applied", "incomplete", "applied", "ignored"):
        Journal().closing(REPORTS[name])

    assert counted() == {
        Metric.APPLIED: [3],
        Metric.IGNORED: [1],
        Metric.INCOMPLETE: [1],
        Metric.COLUMNS: [0],
        Metric.CREATED: [2],
        Metric.UPDATED: [4],
        Metric.RETIRED: [6],
        Metric.DURATION: [12],
    }


def test_units(lines: StringIO) -> None:
    """The duration is in milliseconds, an age in seconds, and everything else a count."""
    Journal().closing(REPORTS["applied"])
    Journal().batch(Tally(1, 2, 3, 4.0))

    units = {name: metric["Unit"] for name, metric in metrics.metric_set.items()}
    assert units.pop(Metric.DURATION) == "Milliseconds"
    assert units.pop(Metric.OLDEST) == "Seconds"
    assert set(units.values()) == {"Count"}
    assert len(lines.getvalue().splitlines()) == 1


@pytest.mark.parametrize("outcome", Outcome)
def test_closed(outcome: Outcome) -> None:
    """Every outcome has its own log event and metric."""
    assert Event[outcome.name].endswith(outcome.value)
    assert Metric[outcome.name].endswith(outcome.value.title())


@pytest.mark.parametrize("record", [HERE, notification.S3TestEvent("acme"), Malformed(BAD)])
def test_record(record: Record) -> None:
    """A line has the bucket and the key, if the record has them."""
    found = facts(Report(record, Outcome.FAILED, "busy"))

    assert found.get("bucket") == getattr(record, "bucket", None)
    assert found.get("key") == getattr(record, "key", None)


@pytest.mark.parametrize("disabled", [None, "false"])
def test_redirected(
    lines: StringIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], disabled: str | None
) -> None:
    """A command writes the same lines elsewhere, and never a metric, of which Powertools prints every hundred."""
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    if disabled:
        monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", disabled)
    elsewhere = StringIO()

    with log.redirected(elsewhere):
        for _ in range(101):
            Journal().closing(REPORTS["applied"])
            Journal().batch(Tally(1, 0, 0, 0.0))
    Journal().closing(REPORTS["ignored"])

    assert elsewhere.getvalue().count(Event.APPLIED) == 101
    assert Event.APPLIED not in lines.getvalue()
    assert Event.IGNORED in lines.getvalue()
    assert capsys.readouterr().out == ""
    assert list(metrics.metric_set) == [Metric.IGNORED]


def test_shown() -> None:
    """The text of an unexpected error is shown without the API key."""
    log.hide("s3cr3t-of-acme-which-is-long")

    assert log.shown(ValueError("Bearer s3cr3t-of-acme-which-is-long\n")) == "Bearer ***\\n"
