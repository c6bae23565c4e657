"""The comparison of a sweep, over S3 and Atlan in memory."""

from typing import Any

from bench.subject import Action, serve
from connector import routesfile
from connector.core.order import Scope
from connector.sweep import Sweep
from tests.support.shop import BUCKET, ROUTES
from tests.unit.test_scale import SPACE, Large


def prepare(keys: int) -> Action:
    """Sweep a bucket of so many keys."""
    large: Any = Large(keys)
    sweep = Sweep(routesfile.read(ROUTES, "routes.yaml"), SPACE, (large, large, large))

    def action() -> dict[str, Any]:
        findings = sum(len(step.findings) for step in sweep.steps(Scope(BUCKET)))
        return {
            "findings": findings,
            "s3": large.asked["list"],
            "catalog": sum(large.asked.values()) - large.asked["list"],
        }

    return action


if __name__ == "__main__":
    serve(prepare)
