"""Plain words: no file has an old phrase for which the field has a standard term; each hit names the term to use."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TEXT = {".cfg", ".ini", ".json", ".md", ".py", ".toml", ".txt", ".yaml", ".yml", ""}
"""Suffixes of the files that are read; "" is for Makefile, .env.example and .ci/run."""

SKIPPED = re.compile(
    r"CHANGELOG\.md|requirements\.lock|local/data/.*|local/catalog/entities/types\.json|tests/unit/test_words\.py"
)
"""History, generated files, data, and this table."""

PHRASES = {
    r"nobody (foresaw|foresees)|did not foresee": "unexpected error",
    r"not Atlan's own (answer|response)": "the response did not come from Atlan",
    r"what is between\b": "any proxy",
    r"\banswers nothing\b": "empty response",
    r"(wants|asks for) no request\b": "rate limit: ...; retry in 60 s",
    r"\bto mend\b|\bmended\b": "error, to fix",
    r"\bbury\b|\bburies\b|\bburied\b|BuryMessages": "send to the dead-letter queue",
    r"\bepitaphs?\b": "the attributes of a dead letter",
    r"\bgraves?\b": "dead-letter queue",
    r"\bfates?\b": "disposition, outcome",
    r"\b(a|\d+|thousand|first|second|third|tenth|last|each|many|few|several) receipts?\b(?! handle)": "receive",
    r"\bkeeps? [^.\n]{0,40} true to\b": "keeps ... in sync with",
    r"in vain\b": "timed out",
    r"\ba grace\b|\bno graces\b": "kept for 60 seconds",
    r"\blest\b": "so that ... not",
    r"\b(hitherto|whence|whereby|thereby|wherein)\b": "until now, from which, by which",
    r"\b(befell|befalls?|befallen)\b": "affected, applied to",
    r"\bfor want of\b": "because ... is missing",
    r"\bout of the game\b": "left out",
    r"\bgoes in a circle\b|\bno circle\b": "loop",
    r"\bheard of through\b": "received through",
    r"\bas people write it\b": "the URL",
    r"\bmakes? the catalog agree\b|\bcatalog agrees with\b": "in sync with",
    r"\bequal to what S3 holds\b|\btells what S3 says\b|\bis what S3 says\b": "in sync with S3",
    r"\bhands of Lambda's poller\b": "Lambda's poller",
    r"\bspoils? (its|the) neighbours\b": "does not affect the other records",
    r"\bwhat nobody\b|\bwhat somebody\b": "a noun, such as: assets that others created",
    r"\bhow (far )?behind\b": "the age of the oldest message, the length of the queue",
    r"\bgiven up\b|\bwere given up\b": "in the dead-letter queue",
    r"\bnobody if empty\b|\bwho hears of\b": "none if empty; the address that receives",
    r"\ba lone\b": "a single, unmatched",
    r"\bhas to be a text\b|\bnot a text\b": "string",
    r"\bas good as missing\b": "treated as missing",
    r"\bshut out\b": "blocked",
    r"\bthrown away\b": "dropped",
    r"\b(hand|hands|handed) back\b": "retried, returned to the queue",
    r"\bcom(e|es|ing) again\b": "retried, received again",
    r"\b(is|be|are) taken for\b": "treated as, mistaken for",
    r"\bletter by letter\b": "unchanged, exactly",
    r"\bso many (seconds|milliseconds)\b": "this many seconds, or the name of the argument",
    r"\bnobody (gets|knows)\b": "no process gets, unknown",
    r"\bin hand, or delayed\b": "in flight or delayed",
    r"\bmake before break\b": "saves first, then retirements",
}
"""Patterns (ASCII, any case) of phrases to avoid, each with the words to use instead."""


def tracked(root: Path) -> list[str]:
    """List the files that git tracks, or, outside a checkout or without git, all files of the folders."""
    try:
        run = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return sorted(walked(root))
    return sorted(name for name in run.stdout.split("\0") if name and (root / name).is_file()) or sorted(walked(root))


def walked(root: Path) -> Iterator[str]:
    """Yield the files below a folder, without the folders that tools make."""
    made = {"build", "dist", "node_modules", "__pycache__"}
    for folder, folders, files in os.walk(root):
        folders[:] = [n for n in folders if n not in made and (not n.startswith(".") or n in (".ci", ".github"))]
        for file in files:
            yield (Path(folder) / file).relative_to(root).as_posix()


def hits(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the phrase and the words to use instead, also of a phrase that runs over a line's end."""
    for pattern, plain in PHRASES.items():
        for found in re.finditer(pattern.replace(" ", r"\s+(?:#\s+)?"), text, flags=re.IGNORECASE | re.ASCII):
            yield text.count("\n", 0, found.start()) + 1, " ".join(found[0].replace("#", " ").split()), plain


def test_plain() -> None:
    """No text file has a phrase of the table."""
    names = [name for name in tracked(ROOT) if Path(name).suffix in TEXT]
    reviewed = [name for name in names if not SKIPPED.fullmatch(name)]

    found = [
        f"{name}:{line}: {phrase!r}: use {plain!r}"
        for name in reviewed
        for line, phrase, plain in hits((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]

    assert not found, "\n".join(found)
    assert {"README.md", "Makefile", "template.yaml", "connector/errors.py"} <= set(reviewed)


@pytest.mark.parametrize(
    ("text", "line", "phrase"),
    [
        pytest.param("An error that nobody foresaw.", 1, "nobody foresaw", id="within a line"),
        pytest.param("a\nAn error that nobody\n    foresaw.", 2, "nobody foresaw", id="over a line's end"),
        pytest.param("# that nobody\n# foresaw", 1, "nobody foresaw", id="over the lines of a comment"),
        pytest.param("after 1,000 receipts", 1, "000 receipts", id="a number"),
        pytest.param("Sid: BuryMessages", 1, "BuryMessages", id="a name"),
    ],
)
def test_hit(text: str, line: int, phrase: str) -> None:
    """A phrase is found with its line, in any case, also where it runs over a line's end."""
    assert [(number, words) for number, words, _ in hits(text)] == [(line, phrase)]


def test_standard() -> None:
    """Standard terms that resemble a phrase are not found."""
    assert not list(hits("the receipt handle of each receive; redrive the dead-letter queue; a value of its own"))


def test_no_git(tmp_path: Path) -> None:
    """Outside a checkout all files are read, but not those of tools."""
    for name in ("README.md", "a/b.py", ".venv/c.py", ".ci/run", "a/__pycache__/b.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text", encoding="utf-8")

    assert set(walked(tmp_path)) == {"README.md", "a/b.py", ".ci/run"}
