"""What the local commands print: texts from outside are escaped, and the disposition of each message is named."""

from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import pytest
from rich.table import Table

from local.aws.delivery import Delivery
from local.commands.display import report, tree
from local.commands.display.picture import File, Flow, Picture
from local.commands.display.printable import Screen, complain, lines, printable
from local.commands.display.report import FAILED, RETRIED, Invocation

HOSTILE = "[/x][red]:car: \x1b[2J\x07\u202e\u2028\x9b\ud800"
SHOWN = r"[/x][red]:car: \x1b[2J\x07\u202e\u2028\x9b\ud800"


def screen() -> tuple[Screen, StringIO]:
    paper = StringIO()
    return Screen(file=paper, width=400, highlight=False, markup=False, emoji=False), paper


def sqs(*bodies: Any) -> dict[str, Any]:
    """Return an SQS event of these bodies."""
    return {
        "Records": [
            {"eventSource": "aws:sqs", "messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)
        ]
    }


def invocation(event: dict[str, Any], endings: list[str], again: list[str] | None) -> Invocation:
    """Return an invocation whose notifications ended so; "" is applied, else it is the reason of a failure."""
    result = None if again is None else {"batchItemFailures": [{"itemIdentifier": name} for name in again]}
    closing = [{"outcome": "failed" if why else "applied", "reason": why, "error": why} for why in endings]
    return Invocation(Delivery(event, result, None, 1.0), closing)


def test_printable() -> None:
    """Only what is not seen becomes an escape; a later line is indented, so that it looks like no line of ours."""
    assert printable(HOSTILE) == SHOWN
    assert lines(f"a\nfailed  {HOSTILE}\n") == f"a\n  failed  {SHOWN}"


def test_screen() -> None:
    """A text that is printed is never markup, an emoji's code or a control sequence, wherever it stands."""
    console, paper = screen()
    grid = Table.grid()
    grid.add_row(HOSTILE)

    console.print(HOSTILE, style="dim")
    console.print(grid)

    assert paper.getvalue().split("\n")[0] == SHOWN
    assert paper.getvalue().split("\n")[1].rstrip() == SHOWN


def test_complain() -> None:
    """An error that nobody caught is printed with its traceback, fit for a terminal."""
    paper = StringIO()

    with redirect_stderr(paper):
        complain(ValueError, ValueError(HOSTILE), None)

    assert paper.getvalue() == f"ValueError: {SHOWN}\n"


def test_tell() -> None:
    """Each field of a closing line may be hostile."""
    console, paper = screen()
    ending = dict.fromkeys(("event", "reason", "bucket", "key", "error"), HOSTILE)
    failed = ending | {"outcome": "failed", "findings": [HOSTILE]}
    failed |= {"column_findings": [{"kind": HOSTILE, "text": HOSTILE}]}

    report.tell(console, Invocation(Delivery({}, {}, None, 1.0), [failed]))

    assert paper.getvalue().count(SHOWN) == 9
    assert all(letter.isprintable() or letter == "\n" for letter in paper.getvalue())


def test_differ() -> None:
    """What differs between a file and its tables is printed with the key and the kind; of a pair, with its target."""
    console, paper = screen()
    text = {"kind": "not_in_file", "text": "The file does not have total."}
    endings = [
        {"key": "a.csv", "column_findings": [text]},
        {"key": "b.csv"},
        {"target": "t", "column_findings": [text]},
    ]

    report.differ(console, endings)

    said = "not_in_file: The file does not have total."
    assert paper.getvalue() == f"a.csv: {said}\nt: {said}\n"


def test_tell_sweep() -> None:
    """A slice of a sweep is told by what is swept, and how many hints it sent."""
    console, paper = screen()
    ending = {"outcome": "applied", "event": "sweep", "reason": "finished", "sweep": "s3://lake/a", "bucket": "lake"}

    report.tell(console, Invocation(Delivery({}, {}, None, 1.0), [ending | {"hints_sent": 3, "duration_ms": 7}]))

    assert paper.getvalue() == "applied       s3://lake/a  sweep · finished · 3 hints · 7 ms\n"


def test_draw() -> None:
    """So may each name of the catalog."""
    console, paper = screen()
    table = "/".join(["default", f"k{HOSTILE}", "1", f"d{HOSTILE}", "public", f"t{HOSTILE}"]).replace("[/x]", "")
    files = (File(HOSTILE, 1, active=True, into=True, out=True),)

    console.print(tree.draw(Picture(HOSTILE, (Flow(table, table, files, 1, retired=False),))))
    console.print(tree.draw(Picture(HOSTILE, ())))

    assert all(letter.isprintable() or letter == "\n" for letter in paper.getvalue())
    assert r"\x1b[2J" in paper.getvalue()


S3 = '{"Records": [{"eventSource": "aws:s3"}, {"eventSource": "aws:s3"}]}'
SNS = '{"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "{\\"Records\\": [1, 2]}"}}, 5]}'
BRIDGED = '{"source": "aws.s3", "detail-type": "x", "Records": [1, 2]}'
NOTIFIED = '{"Type": "Notification", "Message": "{"}'
INVOKED = '{"requestContext": {"functionArn": "a"}, "requestPayload": {"Records": [1, 2]}}'


@pytest.mark.parametrize(
    ("event", "endings", "again", "dispositions", "status"),
    [
        pytest.param(sqs(S3, S3), ["", "", "", ""], [], ["", ""], 0, id="finished"),
        pytest.param(sqs(S3, "x"), ["", "", "malformed"], [], ["", "dead"], FAILED, id="dead"),
        pytest.param(sqs(S3, "x"), ["", "busy", "malformed"], ["m0"], ["again", "dead"], FAILED, id="both"),
        pytest.param(sqs("x", S3), ["busy", "", ""], ["m0"], ["again", ""], RETRIED, id="again"),
        pytest.param(sqs(S3), ["", ""], ["m0"], ["again"], RETRIED, id="again, though nothing failed"),
        pytest.param(sqs(S3, S3), ["busy", "", "", ""], [""], ["again", "again"], RETRIED, id="the whole batch"),
        pytest.param(sqs(SNS, S3), ["", "", "", "", "bad"], [], ["", "dead"], FAILED, id="SNS"),
        pytest.param(sqs(BRIDGED, NOTIFIED, INVOKED), ["", "bad", "", ""], [], ["", "dead", ""], FAILED, id="wrapped"),
        pytest.param(sqs(S3, None, 5), ["", "", "bad", "bad"], [], ["", "dead", "dead"], FAILED, id="no body"),
        pytest.param(sqs(S3), ["bad"], [], [""], FAILED, id="the log says too little"),
        pytest.param({"Records": [{"eventSource": "aws:sqs"}, 5]}, ["", "bad"], [], ["", "dead"], FAILED, id="no ids"),
        pytest.param(sqs(S3), [], None, [], 0, id="no answer"),
        pytest.param({"Records": [1]}, ["bad"], None, [], FAILED, id="direct"),
        pytest.param({"Records": [1]}, [""], None, [], 0, id="direct, finished"),
    ],
)
def test_messages(
    event: dict[str, Any], endings: list[str], again: list[str] | None, dispositions: list[str], status: int
) -> None:
    """What became of each message follows from the order of the log, and is the exit status."""
    told = {"": "", "again": "will be retried", "dead": "moved to the dead-letter queue"}
    found = invocation(event, endings, again)
    console, paper = screen()

    report.tell(console, found)

    assert [message.disposition for message in found.messages] == [told[disposition] for disposition in dispositions]
    assert found.status == status
    assert (
        paper.getvalue().count("message m") == len([disposition for disposition in dispositions if disposition])
        or "(no id)" in paper.getvalue()
    )


def test_error() -> None:
    """An invocation that raises has failed."""
    assert Invocation(Delivery(sqs(S3), None, ValueError("x"), 1.0), []).status == FAILED
