"""
Prints what a command says: results to stdout, all else to stderr, or one JSON document to stdout.

Colour, and the sign that something takes time, are for a terminal only; rich decides, and respects NO_COLOR and
FORCE_COLOR. A text from outside may hold control characters or markup; it is never shown as such.
"""

import json
import sys
from contextlib import AbstractContextManager, nullcontext
from io import TextIOWrapper
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.text import Text

from connector.errors import ConnectorError

Part = str | tuple[str, str]
"""A text, or a text and its style."""


class Output:
    """The output of one command; with *json*, its result is a JSON document."""

    def __init__(self, *, json: bool) -> None:
        self._json = json
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # a terminal that is not of UTF-8 shows what it can
        self._stdout = Console(markup=False, emoji=False, highlight=False)
        self.stderr = Console(stderr=True, markup=False, emoji=False, highlight=False)

    def line(self, *parts: Part) -> None:
        """Print a line of the result; it is never wrapped, so that it can be copied and searched."""
        if not self._json:
            self._stdout.print(_text(*parts), soft_wrap=True)

    def item(self, label: Part, text: str, width: int) -> None:
        """
        Print a text beside its *label*, which has *width* columns, wrapped between words.

        A name that is longer than a line is not broken, so that it can be copied.
        """
        if self._json:
            return
        columns = max(self._stdout.width - width, 20)
        lines = wrap(printable(text), columns, break_long_words=False, break_on_hyphens=False) or [""]
        word, style = (label, "") if isinstance(label, str) else label
        for line in lines:
            self._stdout.print(_text((word.ljust(width), style), line), soft_wrap=True)
            word = ""

    def document(self, content: dict[str, Any]) -> None:
        """Print the result as JSON, if that is asked for."""
        if self._json:
            self._stdout.out(json.dumps(content, indent=2), highlight=False)

    def note(self, *parts: Part) -> None:
        """Print a line that is no part of the result."""
        self.stderr.print(_text(*parts), soft_wrap=True)

    def error(self, error: ConnectorError, **content: Any) -> None:
        """Print an error, of one line or several; as JSON it is a document with *content* that explains it."""
        first, *more = str(error).split("\n")
        self.note(("error: ", "bold red"), first)
        for line in more:
            self.note(line)
        self.document({"error": {"reason": error.reason, "message": str(error)}} | content)

    def waiting(self, words: str) -> AbstractContextManager[object]:
        """Show on a terminal that something takes time, until the context ends."""
        return self.stderr.status(printable(words)) if self.stderr.is_terminal else nullcontext()


def printable(text: str) -> str:
    """Write everything that cannot be seen as an escape, since a terminal would obey it."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _text(*parts: Part) -> Text:
    shown = ((part, "") if isinstance(part, str) else part for part in parts)
    return Text.assemble(*((printable(text), style) for text, style in shown))
