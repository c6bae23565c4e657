"""
Makes texts from outside fit for a terminal: keys, names, the types of events, errors.

A text may hold control characters and escape sequences, which a terminal would obey. Everything that the commands print
goes through here, and nothing is treated as markup.
"""

import sys
from collections.abc import Iterable
from traceback import format_exception
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.text import Text


def printable(text: str) -> str:
    """Write everything as an escape that is not seen, since a key may hold any character."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def lines(text: str) -> str:
    """Do the same for a text of several lines; the later ones are indented, so that none looks like one of ours."""
    return "\n  ".join(map(printable, text.rstrip("\n").split("\n")))


def listed(texts: Iterable[str]) -> str:
    """Join texts as a list in one line."""
    return ", ".join(map(printable, texts))


class Screen(Console):
    """A console that takes a text for nothing but a text: no markup, no emoji codes, no control characters."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Turn a text that is printed into what is shown of it; its own line breaks stay."""
        shown = "\n".join(map(printable, text.split("\n")))
        return super().render_str(shown, **(options | {"markup": False, "emoji": False, "highlight": False}))


def complain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error that nobody caught, as Python does, but fit for a terminal; it is a `sys.excepthook`."""
    told = "".join(format_exception(kind, error, trace)).rstrip("\n")
    print("\n".join(map(printable, told.split("\n"))), file=sys.stderr)
