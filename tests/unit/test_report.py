"""What is reported of a record that is neither a hint nor malformed."""

import pytest

from connector.core.notification import Irrelevant
from connector.core.report import Outcome, facts, reports


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
