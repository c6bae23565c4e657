"""The examples of docs/routes.md: each pattern takes the keys that the page says, and gives the tables that it says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector import routesfile
from connector.core.route import Match

PAGE = (Path(__file__).parents[2] / "docs/routes.md").read_text(encoding="utf-8")
HOMES = "default/postgres/1/", "default/snowflake/2/"
EXAMPLE = re.compile(r"^```yaml\n(?P<yaml>.*?)^```\n.*?(?P<rows>^\| --- .*?)(?:\n\n|\Z)", re.MULTILINE | re.DOTALL)


def examples() -> Iterator[tuple[str, str, str, str]]:
    """Yield the YAML, a key, and what the page says of its source and of its target."""
    for found in EXAMPLE.finditer(PAGE):
        for key, source, target in re.findall(r"^\| `(.+?)` \| (.*?) \| (.*?) ?\|$", found["rows"], re.MULTILINE):
            yield found["yaml"], key, source, target


def said(text: str, home: str) -> str | None:
    return None if text == "none" else home + text.strip("`")


@pytest.mark.parametrize(("yaml", "key", "source", "target"), list(examples()))
def test_example(yaml: str, key: str, source: str, target: str) -> None:
    """A key is taken, with these tables, or not taken."""
    route = "".join(f"\n    {line}" for line in yaml.splitlines())
    whole = f"connection: default/s3/1\nroutes:\n  - name: example\n    bucket: acme{route}\n"

    match = routesfile.read(yaml if "routes:" in yaml else whole, "example").match("acme", key)

    if source.startswith("not taken: "):
        assert not isinstance(match, Match)
    else:
        assert isinstance(match, Match)
        assert [match.source, match.target] == [
            said(text, home) for text, home in zip((source, target), HOMES, strict=True)
        ]


def test_all() -> None:
    """Every example has keys that it takes and keys that it does not, and every feature of patterns is in one."""
    found = list(examples())
    taken = {yaml for yaml, _, source, _ in found if not source.startswith("not taken")}

    assert (
        {yaml for yaml, *_ in found} == taken == set(re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    )
    assert len(found) == len(re.findall(r"^\| `", PAGE, re.MULTILINE))
    for feature in ("{", "*", "**", "**/", "{{", ":upper", ":lower", "exclude"):
        assert any(feature in yaml for yaml in taken), json.dumps(feature)
