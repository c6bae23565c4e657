"""
Draws a bucket's lineage: source tables on the left, the files, target tables on the right.

Every arrow is one process of the catalog; retired files are dim and have none.
"""

from collections.abc import Iterator, Sequence

from rich.console import Group, JustifyMethod, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from local.commands.display.picture import Flow, Picture, last
from local.commands.display.printable import listed, printable

_JUSTIFY: tuple[JustifyMethod, ...] = ("left", "left", "left", "right", "left", "left", "right")
# Box drawing by the directions that a joint has: up, down, left, right.
_JOINTS = dict(
    zip(
        ("", "u", "lr", "dlr", "dl", "dr", "ud", "udr", "ur", "udl", "ul"),
        "  ─┬┐┌│├└┤┘",
        strict=True,
    )
)


def draw(picture: Picture) -> RenderableType:
    """Draw the bucket; it fits the console's width by shortening names."""
    if not picture.flows:
        return Text(f"s3://{printable(picture.bucket)}: nothing in the catalog", style="dim")
    folder = _folder([file.key for flow in picture.flows for file in flow.files])
    ends = [_schema([getattr(flow, side) for flow in picture.flows]) for side in ("source", "target")]
    grid = Table.grid(padding=(0, 2, 0, 0))
    for justify in _JUSTIFY:
        grid.add_column(justify=justify, overflow="ellipsis")
    for flow in picture.flows:
        for row in _rows(flow, folder):
            grid.add_row(*row)
    heading = _bold(printable(f"s3://{picture.bucket}/{folder}"))
    schemas = [_dim(" → ".join(filter(None, ends)))] if any(ends) else []
    return Group(heading, *schemas, grid, _counts(picture))


def _rows(flow: Flow, folder: str) -> Iterator[tuple[Text, ...]]:
    into, out = [file.into for file in flow.files], [file.out for file in flow.files]
    for place, file in enumerate(flow.files):
        first = place == 0
        style = "" if file.active else "dim"
        yield (
            Text(printable(last(flow.source)) if first else "", style="" if any(into) else "dim", no_wrap=True),
            Text(_arrow(into, place, "in"), style="cyan", no_wrap=True),
            Text(printable(file.key.removeprefix(folder)), style=style, no_wrap=True),
            Text(decimal(file.size) if file.active else "retired", style="dim", no_wrap=True),
            Text(_arrow(out, place, "out"), style="cyan", no_wrap=True),
            Text(printable(last(flow.target)) if first else "", style="" if any(out) else "dim", no_wrap=True),
            _dim(_columns(flow) if first else ""),
        )


def _arrow(present: Sequence[bool], place: int, side: str) -> str:
    """
    Draw one row of the arrows between a table, shown in the first row, and its files.

    *present* marks the rows with an arrow; a trunk joins them.
    """
    if not any(present):
        return "    "
    end = max(row for row, there in enumerate(present) if there)
    up, down, here, table = 0 < place <= end, place < end, present[place], place == 0
    left, right = (table, here) if side == "in" else (here, table)
    joint = "u" * up + "d" * down + "l" * left + "r" * right
    return ("─" if left else " ") + _JOINTS[joint] + ("─→" if right else "  ")


def _columns(flow: Flow) -> str:
    if flow.columns is not None:
        return _many(flow.columns, "column")
    return "retired" if flow.retired else ""


def _counts(picture: Picture) -> Text:
    """Return the counts that are not zero."""
    counts = picture.counts
    words = {"files": _many(counts["files"], "file"), "columns": _many(counts["columns"], "column")}
    return Text(" · ".join(words.get(name, f"{count} {name}") for name, count in counts.items() if count))


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _folder(keys: Sequence[str]) -> str:
    """Return the folder that all keys share, with its slash: the common prefix of the smallest and largest key."""
    first, final = min(keys), max(keys)
    shared = next(
        (place for place, pair in enumerate(zip(first, final, strict=False)) if pair[0] != pair[1]), len(first)
    )
    return first[: first.rfind("/", 0, shared) + 1]


def _schema(tables: Sequence[str]) -> str:
    """Return the connectors, databases and schemas of the tables, from their qualified names."""
    parts = (table.split("/") for table in tables if "/" in table)
    return listed(sorted({f"{part[1]} {'.'.join(part[3:-1])}" for part in parts}))


def _bold(text: str) -> Text:
    return Text(text, style="bold", no_wrap=True)


def _dim(text: str) -> Text:
    return Text(text, style="dim", no_wrap=True)
