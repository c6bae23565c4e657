"""
Says in plain words what is wrong with the YAML of a routes file: the line, and what to write.

A parser names what it expected, which is often far from the mistake: a tab, a sign of YAML's own at the beginning of a
text, a missing blank, an open quote. Called by `connector.routesfile`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from connector.core.mistake import quoted, visible

_START: Final = re.compile(r"(?P<before>^\s*|[:,\[{-]\s+|\[|\{)(?P<text>[*&!%@`|>{][^\s,\]]*)")
"""
A text that begins with a sign, and what is before it.

Source: YAML 1.2, 5.3, indicator characters.
"""
_TIGHT: Final = re.compile(r"^\s*(?:- +)?(?P<name>[A-Za-z_]+):(?P<value>[^\s:/].*)$")
_DASH: Final = re.compile(r"^\s*-(?P<rest>[A-Za-z_].*)$")
_FIELD: Final = re.compile(r"^\s*(?:- +)?(?P<name>[\w.-]+):\s+(?P<value>\S.*)$")


@dataclass(frozen=True, slots=True)
class Problem:
    """
    What a parser says: the problem and its place, and the beginning of what it was reading.

    Lines and columns are counted from 0; `opened` is the line of the beginning, or that of the problem.
    """

    what: str
    line: int
    column: int
    context: str
    opened: int


def explain(text: str, problem: Problem) -> str:
    """Return the line of the mistake and what to write, or else the parser's words."""
    lines = [*text.splitlines(), ""]
    for check in (_tab, _sign, _brace, _colon, _dash, _quote, _bracket, _indent, _other):
        if found := check(lines, problem):
            line, said = found
            return f"line {line + 1}: {visible(said)}"
    return f"line {problem.line + 1}: not valid YAML: {visible(' '.join(problem.what.split()))}"


_Said = tuple[int, str] | None
"""A line, counted from 0, and what is wrong with it; None if a check does not apply."""


def _tab(_: Sequence[str], problem: Problem) -> _Said:
    if "'\\t'" not in problem.what:
        return None
    return problem.line, "has a tab, where YAML allows only spaces; write spaces instead of it"


def _sign(lines: Sequence[str], problem: Problem) -> _Said:
    """Find a text that begins with a sign, but for braces, which come later in the text than the problem says."""
    signs = ("an alias", "an anchor", "a tag", "a block scalar", "a directive")
    known = problem.context.endswith(signs) or re.search(
        "that cannot start any token|undefined alias|for the tag|for merging", problem.what
    )
    if not known:
        return None
    line = problem.opened if problem.context else problem.line
    return (line, _advice(found)) if (found := _START.search(lines[line])) else None


def _brace(lines: Sequence[str], problem: Problem) -> _Said:
    """Find a text after a closed brace: the brace was meant to begin a text. Or a bracket too many."""
    if re.search(r"found '[\]}]'", problem.what):
        return problem.line, "a closing bracket too many; remove it, or put the text in quotes"
    line = lines[problem.line]
    if not line[: problem.column].endswith("}"):
        return None
    starts = [found for found in _START.finditer(line) if found["text"].startswith("{")]
    before = [found for found in starts if found.start("text") < problem.column]
    return (problem.line, _advice(before[0])) if before else None


def _colon(lines: Sequence[str], problem: Problem) -> _Said:
    """Find a colon without a space after it, or a second one."""
    if not re.search("mapping values are not allowed|expected ':'", problem.what):
        return None
    for number in _suspects(lines, problem):
        if found := _TIGHT.match(lines[number]):
            return number, f"no space after the colon; write {quoted(found['name'] + ': ' + found['value'])}"
        if number != problem.line and not re.search(r":(\s|$)|^\s*-", lines[number]):
            return number, f"{quoted(lines[number].strip())} has no colon; write it as name: value"
    line = lines[problem.line]
    found = _FIELD.match(line)
    if found and found.start("value") <= problem.column and "not allowed" in problem.what:
        return (
            problem.line,
            f"a second colon; put the text in quotes: {found['name']}: {quoted(found['value'].strip())}",
        )
    return None


def _dash(lines: Sequence[str], problem: Problem) -> _Said:
    """Find a dash without a space after it, or one after a colon."""
    if "sequence entries are not allowed" in problem.what:
        return problem.line, "a dash after a colon; begin the list in the next line, or put the text in quotes"
    if "mapping values are not allowed" not in problem.what and "expected ':'" not in problem.what:
        return None
    for number in _suspects(lines, problem):
        if found := _DASH.match(lines[number]):
            return number, f"no space after the dash; write {quoted('- ' + found['rest'])}"
    return None


def _quote(lines: Sequence[str], problem: Problem) -> _Said:
    """Find a quote that is not closed, a text after a closed one, or an escape."""
    if "unknown escape" in problem.what:
        return problem.line, "in double quotes a backslash begins an escape; put the text in single quotes"
    if "a quoted scalar" in problem.context and "end of stream" in problem.what:
        return problem.opened, _open(lines[problem.opened])
    line = lines[problem.line]
    listed = "flow" in problem.context and line[problem.column :][:1] in ("'", '"')
    if line[: problem.column].rstrip()[-1:] not in ("'", '"') or "<scalar>" not in problem.what or listed:
        return None
    mark = line[: problem.column].rstrip()[-1]
    before = range(problem.opened, problem.line)
    if (odd := next((number for number in before if lines[number].count(mark) % 2), None)) is not None:
        return odd, _open(lines[odd])
    double = "''" if mark == "'" else '\\"'
    return (
        problem.line,
        f"text after a closing quote; put the whole text in quotes, and write {double} for a quote in it",
    )


def _bracket(_: Sequence[str], problem: Problem) -> _Said:
    """Find a bracket that is not closed, a comma that is missing between two texts, or a bracket too many."""
    kind = re.search("a flow (sequence|mapping|node)", problem.context)
    if not kind:
        return None
    left, right = ("[", "]") if kind[1] == "sequence" else ("{", "}")
    if kind[1] == "node":
        return problem.line, "a bracket is not closed, or there is one too many"
    if problem.line == problem.opened and "<scalar>" in problem.what:
        return problem.line, f"a comma is missing between two texts, or {left} is not closed by {right}"
    return problem.opened, f"{left} is not closed; add {right}"


def _indent(_: Sequence[str], problem: Problem) -> _Said:
    """Find a line that is not indented as those that it belongs to."""
    if "expected <block end>" not in problem.what and "mapping values are not allowed" not in problem.what:
        return None
    return problem.line, (
        "not indented as the lines that it belongs to; the fields of a route begin in one column, that of the first "
        "field after the dash"
    )


def _other(_: Sequence[str], problem: Problem) -> _Said:
    if "another document" in problem.what:
        return problem.line, "--- begins a second file; remove it"
    if "unhashable" in problem.what:
        return problem.line, "the name of a field must be a string"
    if "unacceptable character" in problem.what:
        return problem.line, "has a control character; remove it"
    return None


def _suspects(lines: Sequence[str], problem: Problem) -> list[int]:
    """Return the lines in which a missing space may be: that of the beginning, the last one before, and its own."""
    before = [number for number in range(problem.line) if lines[number].strip()][-1:]
    return [number for number in (problem.opened, *before, problem.line) if number < len(lines)]


def _advice(found: re.Match[str]) -> str:
    """Say what to do with a text that begins with a sign; outside of brackets it is all of the line, but a comment."""
    listed = found["before"].strip() in ("[", "{", ",")
    text = found["text"] if listed else re.split(r"\s#", found.string[found.start("text") :])[0]
    text = text.strip().removesuffix(":")
    return f"{quoted(text)} begins with {text[0]}, a sign of YAML's own; put the text in quotes: {quoted(text)}"


def _open(line: str) -> str:
    mark = "'" if line.count("'") % 2 else '"'
    return f"a quote that is not closed; add {mark} at the end of the text"
