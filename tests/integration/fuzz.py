"""
Envelopes for `test_fuzz`, each drawn from a number: a real event, put into carriers that there are, and mutated.

The same number is the same envelope. Each mutation has a random source of its own, so that one can be left out and
the others stay as they are.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import quote_plus

SWEEP: Final = Path(__file__).parents[2] / "events/sweep.json"
EVENTS: Final = sorted(set((Path(__file__).parents[2] / "events").glob("*.json")) - {SWEEP})
"""The sample events, without the order to sweep, whose hints would be messages that no envelope here sent."""
REAL: Final = re.compile("nycflights-(exports|archive)")
"""The buckets of the sample events, in whose place another one is put."""

SAID: Final = {"key", "name", "Bucket", "eventName", "detail-type", "reason"}
READ: Final = SAID | {
    *("Records", "s3", "bucket", "object", "detail", "detail-type", "Service", "Event", "eventVersion", "eventSource"),
    *("EventSource", "source", "Type", "Message", "Sns", "requestContext", "requestPayload"),
}
VALUES: Final[Sequence[Any]] = (None, True, 0, -1, 2.1, 10**30, "", " ", "x", [], {}, [None], [[]], {"": {"": ""}})
ODD_KEYS: Final = (
    "raw/untabled.csv",
    "exports/_SUCCESS",
    "exports/a b+c%2B é日本.csv",
    unicodedata.normalize("NFC", "exports/é.csv"),
    unicodedata.normalize("NFD", "exports/é.csv"),
    "exports/../up.csv",
    "exports/./here.csv",
    "exports//twice.csv",
    "exports/" + "long/" * 203,
    "exports/?query#fragment&amp;<tag>.csv",
    "exports/line\nbreak\tand\x7f.csv",
    "exports/%00%.csv",
    "exports/\x00.csv",
    "exports/\x1b.csv",
    "exports/\uffff.csv",
)
ODD_TEXTS: Final = (
    *("\ud800", "\x00", "\ufeff", "..", "../../etc", "a" * 1_025, "é" * 600, "x" * 100_000, "\\", '"', "\u202e"),
    *("%", "%zz", "%FF", "%ED%A0%80", "%C0%80", "%00", "%E9", "100%25", "%252e%252e", "+%2B+"),
)
NAMES: Final = (
    *("ObjectCreated:*", "s3:ObjectRemoved:Delete", "ObjectTagging:Put", "objectcreated:put", "ObjectCreated:\ud800"),
    *("Object Tags Added", "Object Created", "Object Deleted", "2.9", "3.0", "20.1", "2", "aws:s3", "aws:sqs"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """The bucket of the routes, one of them that is gone from S3, and others: some exist, but no route names them."""

    routed: str
    gone: str
    others: Sequence[str]


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event as JSON text; `queued`: it comes as the body of a message, of which `record` are faulty members."""

    seed: int
    text: str
    queued: bool
    record: dict[str, Any]
    mutations: int


Mutation = Callable[[Random, str], str]


def draw(seed: int, scene: Scene, without: Collection[int] = ()) -> Envelope:
    """Draw the envelope of this number, without some of its mutations."""
    random = Random(seed)
    bucket = random.choice((*[scene.routed] * 10, *[scene.gone] * 3, *random.choices(scene.others, k=5)))
    text = REAL.sub(bucket, random.choice(PAYLOADS))
    layers = [_bare, *random.choices((_bare, _topic, _notification, _failed), (8, 2, 2, 2), k=random.choice((1, 1, 2)))]
    where = [random.randrange(len(layers)) for _ in range(random.choice((0, 0, 1, 1, 1, 2, 4)))]
    for level, wrap in enumerate(layers):
        text = wrap(text)
        for number in (number for number, at in enumerate(where) if at == level and number not in without):
            text = _mutated(Random(f"{seed}/{number}"), text, scene)
    queued = random.random() < 0.7 or _loaded(text) is _NOTHING
    strange = queued and random.random() < 0.1 and len(where) not in without
    return Envelope(
        seed, _sendable(text) if queued else text, queued, _record(random) if strange else {}, len(where) + 1
    )


def _payloads() -> Iterator[str]:
    for path in EVENTS:
        event = json.loads(path.read_text(encoding="utf-8"))
        records = event.get("Records", [{}])
        yield from (record["body"] for record in records if "body" in record)
        if "body" not in records[0]:
            yield json.dumps(event)


PAYLOADS: Final = tuple(_payloads())


def _bare(text: str) -> str:
    return text


def _topic(text: str) -> str:
    return json.dumps({"Records": [{"EventSource": "aws:sns", "Sns": {"Type": "Notification", "Message": text}}]})


def _notification(text: str) -> str:
    return json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:us-east-1:1:topic", "Message": text})


def _failed(text: str) -> str:
    return f'{{"version": "1.0", "requestContext": {{"functionArn": "arn:live"}}, "requestPayload": {text}}}'


def _mutated(random: Random, text: str, scene: Scene) -> str:
    tree = _loaded(text)
    if tree is _NOTHING or random.random() < 0.1:
        return random.choice(TEXTS)(random, text)
    places = list(_places(tree))
    names = random.choice(({"key"}, {"key"}, {"key"}, SAID, READ, {at for _, at in places}))
    chosen = [place for place in places if place[1] in names]
    if chosen:
        _mutate(random, *random.choice(chosen), scene)
    return json.dumps(tree, ensure_ascii=random.random() < 0.5)


def _mutate(random: Random, parent: Any, at: Any, scene: Scene) -> None:
    value = parent[at]
    kind = random.choice((*["odd"] * 8, "text", "text", "drop", "value", "rename", "repeat", "swap"))
    if kind == "odd" and at == "key":
        odd = random.choice(ODD_KEYS)
        parent[at] = random.choice(
            (odd, quote_plus(odd, safe="/"), quote_plus(odd), f"exports/{random.choice(ODD_TEXTS)}")
        )
    elif kind == "odd" and at in {"name", "Bucket"}:
        parent[at] = random.choice((scene.routed, *scene.others))
    elif kind == "odd":
        parent[at] = random.choice(NAMES)
    elif kind == "text" and isinstance(value, str):
        parent[at] = _garbled(random, value)
    elif kind == "rename" and isinstance(parent, dict):
        parent[random.choice((at.upper(), at.lower(), at + "s", ""))] = parent.pop(at)
    elif kind == "drop":
        del parent[at]
    elif kind == "repeat" and isinstance(value, list):
        parent[at] = random.sample(value * 3, len(value) * 2)
    elif kind == "swap":
        parent[at] = random.choice([other[key] for other, key in _places(json.loads(random.choice(PAYLOADS)))])
    else:
        parent[at] = random.choice(VALUES)


def _garbled(random: Random, text: str) -> str:
    cut = random.randrange(len(text) + 1)
    flipped = bytearray(text.encode(errors="replace"))
    if flipped:
        flipped[cut % len(flipped)] ^= 1 << random.randrange(8)
    odd = random.choice(ODD_TEXTS)
    return random.choice(
        (text[:cut], text[:cut] + odd + text[cut:], odd, flipped.decode(errors="replace"), text.upper())
    )


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a tree, from the top, each before those below it; a tree may be too deep for recursion."""
    ahead = [_members(tree)]
    while ahead:
        for parent, at in ahead[-1]:
            yield parent, at
            ahead.append(_members(parent[at]))
            break
        else:
            ahead.pop()


def _members(tree: Any) -> Iterator[tuple[Any, Any]]:
    places = tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    return ((tree, at) for at in places)


def _numbers(random: Random, text: str) -> str:
    number = random.choice(("NaN", "-Infinity", "1e999", "9" * 5_000, "-0", "01"))
    return re.sub(r": (\d+|\"[^\"\\]*\")", f": {number}", text, count=random.choice((1, 9)))


def _nested(random: Random, text: str) -> str:
    depth = random.choice((500, 950, 3_000, 20_000, 100_000))
    opening, closing = random.choice((("[", "]"), ('{"a":', "}"), (_OPENING, "}")))
    depth = min(depth, 100_000 // len(opening))
    return opening * depth + random.choice((text, "", "0")) + closing * random.choice((0, depth))


_OPENING: Final = '{"requestContext":{"functionArn":""},"requestPayload":'

TEXTS: Final[Sequence[Mutation]] = (
    lambda random, text: text[: random.randrange(len(text) + 1)],
    lambda random, text: "\ufeff" + text,
    lambda random, text: random.choice(("", " ", "null", "[]", "{}", "0", "true", '"x"')),
    lambda random, text: text + random.choice((",", "}", text)),
    lambda random, text: re.sub(r'("\w+"):', r'\1: "twice", \1:', text, count=random.choice((1, 9))),
    _garbled,
    _numbers,
    _nested,
)

_NOTHING: Final = object()


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NOTHING


def _sendable(text: str) -> str:
    """
    Write what SQS does not carry as JSON's escapes.

    Source:
        SQS API, SendMessage: the characters that a body may have; it is not empty.
    """
    escaped = re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", lambda m: f"\\u{ord(m[0]):04x}", text)
    return escaped or " "


def _record(random: Random) -> dict[str, Any]:
    """Return faulty members of a message of SQS; `...` takes one away."""
    name = random.choice(("messageId", "receiptHandle", "body", "attributes", "messageAttributes", "count", "hops"))
    value = random.choice((*VALUES, "abc", "9" * 5_000, "-3", "1.5", "²", "99"))
    if name == "count":
        return {"attributes": {"ApproximateReceiveCount": value}}
    if name == "hops":
        return {"messageAttributes": {"hops": random.choice((value, {"stringValue": value}, {"stringValue": "16"}))}}
    return {name: random.choice((..., value))}
