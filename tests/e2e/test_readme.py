"""The README's commands: .ci/run follows them by `readme`; here, that it finds all, and says which it leaves out."""

from collections import Counter

from tests.e2e.readme import CONTAINER, FINDING, LEFT_OUT, ROOT, SWEEP, Command, commands, picture

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_sections() -> None:
    """Every section with commands is followed, or is left out for a reason that is said."""
    found = Counter(command.section for command in commands(README))

    assert found.keys() - LEFT_OUT.keys() == {"Quick start", "Try your own files", SWEEP, FINDING, CONTAINER}
    assert found.keys() >= LEFT_OUT.keys()


def test_left_out() -> None:
    """What is left out needs an AWS account, or is a target of make that .ci/run or nobody runs in a test."""
    left = [command for command in commands(README) if command.section == "Develop"]

    assert all(command.text.split()[0] == "make" for command in left)


def test_all() -> None:
    """Each line of an indented block is part of a command or of a picture."""
    text = "\n".join(command.text for command in commands(README))

    for line in ("make demo", "make serve ROUTES=my-routes.yaml", "printf 'id,total\\n1,9.99\\n' > orders.csv"):
        assert line in text.splitlines()
    assert "─" not in text
    assert picture(README).count("\n") == 7


TEXT = """# T

## A

Text:

    one \\
      two
    cat <<'END'
    a: b
      c
    END
    x    # y

## B

1. z

        v |
          w

A picture:

    a → b
"""


def test_commands() -> None:
    """A command goes on after a backslash, a pipe or &&, and to the end of a here-document; a comment is left out."""
    assert commands(TEXT) == [
        Command("A", "one \\\n  two"),
        Command("A", "cat <<'END'\na: b\n  c\nEND"),
        Command("A", "x"),
        Command("B", "v |\nw"),
    ]
