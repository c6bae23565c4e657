"""What is reported of records that are not notifications about an object of a route."""

import pytest

from connector.core.findings import Finding, Kind
from connector.core.notification import Irrelevant
from connector.core.order import ObjectHint, PairHint
from connector.core.report import Applied, Changes, Outcome, attributes, facts, postponed, reports
from connector.core.route import Hint, Pair, Unrouted
from connector.errors import LateError, RefusedError, UnavailableError, UnexpectedError


@pytest.mark.parametrize(
    ("record", "told"),
    [
        pytest.param(
            Irrelevant("acme", "a b.csv", "ObjectTagging:Put"),
            {"event": "ObjectTagging:Put", "bucket": "acme", "key": "a b.csv"},
            id="of an object",
        ),
        pytest.param(
            Irrelevant("", "", "AWS API Call via CloudTrail"), {"event": "AWS API Call via CloudTrail"}, id="of none"
        ),
    ],
)
def test_irrelevant(record: Irrelevant, told: dict[str, str]) -> None:
    """An event that changes nothing that is cataloged is ignored with a reason, and its line says what it was."""
    (report,) = reports([record], [None], {}, 5)

    assert report.outcome is Outcome.IGNORED
    assert facts(report) == {"outcome": "ignored", "reason": "irrelevant_event", **told}


@pytest.mark.parametrize(
    ("record", "subject", "exists", "told"),
    [
        pytest.param(
            ObjectHint("acme", "a b.csv"),
            Hint("acme", "a b.csv", Unrouted.NO_ROUTE),
            False,
            {"bucket": "acme", "key": "a b.csv", "object_exists": False},
            id="object",
        ),
        pytest.param(PairHint("a/b", "c/d"), Pair("a/b", "c/d"), None, {"source": "a/b", "target": "c/d"}, id="pair"),
    ],
)
def test_hint(record: ObjectHint | PairHint, subject: Hint | Pair, exists: bool | None, told: dict[str, str]) -> None:
    """A sweep's hint is applied, be it on a route or not, and its line says what it was about, and what it changed."""
    (report,) = reports([record], [subject], {subject: Applied(Changes(), exists, (), ())}, 5)

    assert report.outcome is Outcome.APPLIED
    changed = {"assets_created": 0, "assets_updated": 0, "assets_retired": 0}
    assert facts(report) == {"outcome": "applied", "event": "hint", "duration_ms": 5, **changed, **told}


def test_failed_hint() -> None:
    """A hint that failed is dead-lettered with what it was about."""
    error, hint = RefusedError("Atlan rejects it"), ObjectHint("acme", "a")
    subject = Hint("acme", "a", Unrouted.NO_ROUTE)

    made = reports([hint], [subject], {subject: error}, 5)

    assert attributes(made, error) == {
        "reason": "refused",
        "error": "Atlan rejects it",
        "route": "",
        "bucket": "acme",
        "key": "a",
        "explain": "python -m connector explain s3://acme/a",
    }


def test_explained() -> None:
    """What is incomplete is told with the command that shows more, quoted for a shell; what is in sync is not."""
    hint = ObjectHint("acme", "a b's.csv")
    subject = Hint("acme", "a b's.csv", Unrouted.NO_ROUTE)
    incomplete, different, whole = (
        facts(reports([hint], [subject], {subject: Applied(Changes(), True, missing, (), differences)}, 5)[0])
        for missing, differences in ((("default/postgres/1/a/b/c",), ()), ((), (Finding(Kind.MISSING),)), ((), ()))
    )

    assert incomplete["explain"] == """python -m connector explain 's3://acme/a b'"'"'s.csv'"""
    assert different["explain"] == incomplete["explain"]
    assert "explain" not in whole


def test_postponed() -> None:
    """What was not begun has the error that stopped the batch; it comes back no sooner, and is not blamed for it."""
    late = LateError("no time left")

    assert postponed(late) is late
    assert isinstance(postponed(UnexpectedError("a bug", ambiguous=True)), UnavailableError)
    assert postponed(UnavailableError("503", retry_after=7.0)).retry_after == 7.0
