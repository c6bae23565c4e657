"""
CloudWatch, as far as the stack's alarms need it: data points, statistics of a period, metric math, and alarms.

Sources:
    CloudWatch User Guide, "Alarm evaluation", "Configuring how CloudWatch alarms treat missing data" and "Using math
    expressions"; the embedded metric format's specification.
"""

import ast
import json
import operator
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

_BREACHES: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
_STATISTICS: Final[Mapping[str, Callable[[list[float]], float]]] = {"Sum": sum, "Maximum": max}

Metric = tuple[str, str, str]
"""A namespace, a name, and the value of its one dimension."""


@dataclass
class Metrics:
    """All data points, in the order of their times, which are in seconds."""

    times: dict[Metric, list[float]] = field(default_factory=lambda: defaultdict(list))
    values: dict[Metric, list[float]] = field(default_factory=lambda: defaultdict(list))

    def put(self, metric: Metric, at: float, *values: float) -> None:
        for value in values:
            self.times[metric].append(at)
            self.values[metric].append(value)

    def read(self, line: str, at: float) -> None:
        """Take in a line of the embedded metric format, as if it had been logged at this time."""
        fields = json.loads(line)
        for directive in fields["_aws"]["CloudWatchMetrics"]:
            ((dimension,),) = directive["Dimensions"]
            for one in directive["Metrics"]:
                self.put((directive["Namespace"], one["Name"], fields[dimension]), at, *fields[one["Name"]])

    def statistic(self, metric: Metric, name: str, start: float, end: float) -> float | None:
        """Return a statistic of the data points from *start* until before *end*; None if there are none."""
        times = self.times[metric]
        found = self.values[metric][bisect_left(times, start) : bisect_left(times, end)]
        return _STATISTICS[name](found) if found else None


@dataclass
class Alarm:
    """
    An alarm, by its *properties* in the template.

    CloudWatch looks at more periods than the alarm has, so as to find that many with data; how many more is not
    documented, so *spare* says it. *fills* is whether FILL has an effect on a metric without any data.
    """

    properties: Mapping[str, Any]
    metrics: Metrics
    spare: int
    fills: bool

    def on(self, now: float) -> bool:
        """
        Tell whether it is raised.

        If enough periods have data, the newest of them count; if not, so many of the missing ones as are needed count
        as the alarm says.
        """
        wanted = int(self.properties["EvaluationPeriods"])
        values = [self._value(now, back) for back in range(wanted + self.spare)]
        if None not in values[:wanted]:
            values = values[:wanted]
        threshold, compare = self.properties["Threshold"], _BREACHES[self.properties["ComparisonOperator"]]
        judged = [compare(value, threshold) for value in values if value is not None][:wanted]
        missing = self.properties["TreatMissingData"] == "breaching"
        judged += [missing] * (wanted - len(judged))
        return sum(judged) >= int(self.properties.get("DatapointsToAlarm", wanted))

    def _value(self, now: float, back: int) -> float | None:
        if "MetricName" in self.properties:
            metric, period = _named(self.properties), self.properties["Period"]
            return self._statistic(metric, self.properties["Statistic"], period, now, back)
        queries = {query["Id"]: query for query in self.properties["Metrics"]}
        tree = _parsed(queries.pop("result")["Expression"])
        return self._computed(tree, {name: query["MetricStat"] for name, query in queries.items()}, now, back)

    def _statistic(self, metric: Metric, name: str, period: int, now: float, back: int) -> float | None:
        return self.metrics.statistic(metric, name, now - period * (back + 1), now - period * back)

    def _computed(self, node: ast.expr, stats: Mapping[str, Any], now: float, back: int) -> float | None:
        """Compute an expression for one period; what has no data has no value, and nothing that needs it has one."""

        def of(child: ast.expr) -> float | None:
            return self._computed(child, stats, now, back)

        match node:
            case ast.Constant(value):
                return float(value)
            case ast.Name(name):
                stat = stats[name]
                return self._statistic(_named(stat["Metric"]), stat["Stat"], stat["Period"], now, back)
            case ast.Call(ast.Name("FILL"), [ast.Name(name) as metric, ast.Constant(value)]):
                found, known = of(metric), self.fills or self.metrics.times[_named(stats[name]["Metric"])]
                return float(value) if found is None and known else found
            case ast.Call(ast.Name(name), arguments):
                return _FUNCTIONS[name](of, *arguments)
        left, sign, right = _operation(node)
        one, other = of(left), of(right)
        return None if one is None or other is None else float(_OPERATORS[type(sign)](one, other))


@cache
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression.replace(" AND ", " and "), mode="eval").body


Value = Callable[[ast.expr], float | None]


def _sum(of: Value, metrics: ast.List) -> float | None:
    known = [value for value in map(of, metrics.elts) if value is not None]
    return sum(known) if known else None


def _if(of: Value, condition: ast.expr, yes: ast.expr, no: ast.expr) -> float | None:
    decided = of(condition)
    return None if decided is None else of(yes if decided else no)


def _operation(node: ast.expr) -> tuple[ast.expr, ast.AST, ast.expr]:
    match node:
        case ast.BinOp(left, sign, right) | ast.Compare(left, [sign], [right]) | ast.BoolOp(sign, [left, right]):
            return left, sign, right
    raise AssertionError(f"{ast.unparse(node)} is not known here")


_FUNCTIONS: Final[Mapping[str, Callable[..., float | None]]] = {"SUM": _sum, "IF": _if}
_OPERATORS: Final[Mapping[type[ast.AST], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Gt: operator.gt,
    ast.Eq: operator.eq,
    ast.And: lambda left, right: left and right,
}


def _named(found: Mapping[str, Any]) -> Metric:
    (dimension,) = found["Dimensions"]
    return found["Namespace"], found["MetricName"], dimension["Value"]
