"""
How many of several conditions must hold: `minimum_should_match`. `query` and `leaf` call it.

Source: the Elasticsearch 7.17 reference, "minimum_should_match parameter".
"""

import re
from typing import Any

from local.catalog.search.syntax import refuse


def minimum(said: Any, total: int) -> int:
    """
    Read `minimum_should_match` for *total* conditions.

    It is a number, or a percentage rounded down; a negative one says how many may miss. `2<75% 9<-3` says that up to
    2 conditions are all needed, of up to 9 three quarters, and of more all but 3.

    Raises:
        CatalogError: 400; it is none of these.
    """
    text = re.sub(r"\s*<\s*", "<", str(said).strip())
    if "<" not in text:
        return _plain(text, total)
    needed = total
    for condition in text.split():
        above, _, rule = condition.partition("<")
        if not above.isdecimal():
            raise _fault(text)
        if total <= int(above):
            return needed
        needed = _plain(rule, total)
    return needed


def _plain(text: str, total: int) -> int:
    found = re.fullmatch(r"([+-]?)(\d+)(%?)", text)
    if not found:
        raise _fault(text)
    sign, number, percent = found.groups()
    counted = total * int(number) // 100 if percent else int(number)
    return max(total - counted, 0) if sign == "-" else counted


def _fault(text: str) -> Exception:
    return refuse(f"minimum_should_match {text!r:.100} is not a number, a percentage, or a condition such as 2<75%")
