"""What a sweep is told, and the hints that it sends."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.core import envelope, order
from connector.core.notification import Malformed
from connector.core.order import Drifted, ObjectHint, PairHint, Scope
from connector.errors import MalformedError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
HINTS = st.builds(ObjectHint, TEXTS, TEXTS) | st.builds(PairHint, TEXTS, TEXTS)


@settings(max_examples=300, deadline=None)
@given(HINTS)
def test_round_trip(hint: Drifted) -> None:
    """A hint is read from its message as it was sent, whatever the key consists of; SQS takes the message."""
    body = hint.body()

    assert envelope.read(body) == (hint,)
    assert body.isascii()
    assert body.isprintable()


@pytest.mark.parametrize(
    "hint",
    [
        ObjectHint("b" * 63, "\0" * 1024),
        PairHint("/".join(["\N{PILE OF POO}" * 255] * 6), "/".join(["\N{PILE OF POO}" * 255] * 6)),
    ],
    ids=["object", "pair"],
)
def test_length(hint: Drifted) -> None:
    """The longest names fit into a message of SQS, which takes 256 KiB."""
    assert len(hint.body()) < 256 * 1024


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("s3://lake", Scope("lake")),
        ("s3://lake/", Scope("lake")),
        ("s3://lake/raw", Scope("lake", "raw")),
        ("s3://lake/raw/", Scope("lake", "raw/")),
        ("s3://lake//raw", Scope("lake", "/raw")),
        ("s3://my.lake-2/a b+\u00fc\n?x=1#y", Scope("my.lake-2", "a b+\u00fc\n?x=1#y")),
        ("s3://lake/s3://lake/x", Scope("lake", "s3://lake/x")),
    ],
)
def test_scope(text: str, scope: Scope) -> None:
    """A place is a bucket, and all after the slash is the prefix, as it is; printed, it reads as the same place."""
    assert order.scope(text) == scope
    assert order.scope(str(scope)) == scope


@pytest.mark.parametrize(
    "text", ["", "lake", "s3://", "s3:///raw", "S3://lake", "s3://la ke/x", "https://lake", " s3://lake"]
)
def test_no_scope(text: str) -> None:
    """Anything else is refused, with what to write instead."""
    with pytest.raises(MalformedError, match="give s3://BUCKET or s3://BUCKET/PREFIX"):
        order.scope(text)


@pytest.mark.parametrize(
    ("prefix", "other", "meets"),
    [
        ("", "", True),
        ("", "raw/", True),
        ("raw/", "", True),
        ("raw/", "raw/x", True),
        ("raw/x", "raw/", True),
        ("raw/", "rare/", False),
        ("raw/x", "raw/y", False),
    ],
)
def test_meets(prefix: str, other: str, meets: object) -> None:
    """Two prefixes of a bucket have keys in common if one begins with the other; two buckets have none."""
    assert Scope("lake", prefix).meets("lake", other) is meets
    assert Scope("lake", prefix).meets("cold", other) is False


@pytest.mark.parametrize(
    "content",
    [
        None,
        "s3://lake/x",
        [],
        {},
        {"bucket": "lake"},
        {"bucket": "lake", "key": ""},
        {"bucket": "", "key": "x"},
        {"bucket": "lake", "key": 1},
        {"source": "a", "target": ""},
        {"source": "a"},
        {"bucket": "lake", "key": "x", "source": "a", "target": "b"},
        {"bucket": "lake", "key": "x", "event": "ObjectRemoved"},
    ],
    ids=str,
)
def test_no_hint(content: object) -> None:
    """A hint that names neither an object nor a pair, or more than that, is malformed, and says what a hint names."""
    (record,) = envelope.read(json.dumps({"hint": content}))

    assert isinstance(record, Malformed)
    assert "a hint names `bucket` and `key`, or `source` and `target`" in str(record.error)
