"""A condition in SQL with its values, and how conditions are joined. `query` and `leaf` build them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

HALVE_OVER: Final = 64


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition on a row of `document`, and the values of its question marks, in order."""

    sql: str
    values: tuple[Any, ...] = ()


ALWAYS = Clause("true")
NEVER = Clause("false")


def every(clauses: Sequence[Clause]) -> Clause:
    """All of *clauses* hold; there may be none."""
    told = [clause for clause in clauses if clause is not ALWAYS]
    return _join("AND", told) if told else ALWAYS


def some(clauses: Sequence[Clause]) -> Clause:
    """At least one of *clauses* holds."""
    return _join("OR", clauses) if clauses else NEVER


def count(clauses: Sequence[Clause], minimum: int) -> Clause:
    """At least *minimum* of *clauses* hold."""
    if minimum <= 1 or minimum > len(clauses):
        return ALWAYS if minimum < 1 else some(clauses) if minimum == 1 else NEVER
    held = _join("+", [Clause(f"(({clause.sql}) IS TRUE)", clause.values) for clause in clauses])
    return Clause(f"{held.sql} >= ?", (*held.values, minimum))


def negate(clause: Clause) -> Clause:
    """*clause* doesn't hold, or can't be told (SQL's null)."""
    return Clause(f"({clause.sql}) IS NOT TRUE", clause.values)


def _join(operator: str, clauses: Sequence[Clause]) -> Clause:
    """Join in halves: SQLite limits how deep an expression may nest, and a flat chain of hundreds nests as deep."""
    if len(clauses) == 1:
        return clauses[0]
    if len(clauses) > HALVE_OVER:
        middle = len(clauses) // 2
        clauses = [_join(operator, clauses[:middle]), _join(operator, clauses[middle:])]
    sql = f" {operator} ".join(clause.sql for clause in clauses)
    return Clause(f"({sql})", tuple(value for clause in clauses for value in clause.values))
