"""
Fuzzy matching: texts that differ by a few characters. `leaf` calls it.

Source: the Elasticsearch 7.17 reference, "Fuzziness" and "Fuzzy query".
"""

import re
from typing import Any

from local.catalog.search.syntax import refuse

MOST = 2


def edits(said: Any, text: str) -> int:
    """
    Return how many characters may differ from *text*: a number from 0 to 2, or, for `AUTO`, more for longer texts.

    Raises:
        CatalogError: 400; *said* is neither.
    """
    found = re.fullmatch(r"AUTO(?::(\d+),(\d+))?|([0-2])(?:\.0*)?", str(said).upper())
    if not found:
        raise refuse(f"[fuzziness] is AUTO, AUTO:low,high or a number of edits from 0 to {MOST}, not {said!r:.100}")
    if found[3]:
        return int(found[3])
    low, high = int(found[1] or 3), int(found[2] or 6)
    return (len(text) >= low) + (len(text) >= high)


def near(value: str, wanted: str, most: int, prefix: int, *, transpose: bool) -> bool:
    """
    Return whether at most *most* edits turn *value* into *wanted*; the first *prefix* characters must be equal.

    An edit inserts, removes or changes a character, or, if asked to *transpose*, swaps two neighbours.
    """
    if value[:prefix] != wanted[:prefix] or abs(len(value) - len(wanted)) > most:
        return False
    before: list[int] = []
    row = list(range(len(wanted) + 1))
    for i, a in enumerate(value, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(wanted, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if transpose and i > 1 and j > 1 and a == wanted[j - 2] and value[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return False
    return row[-1] <= most
