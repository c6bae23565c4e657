"""What is not here: endpoints of Atlan that this catalog does not have, rejected by name. `http.app` calls `refuse`."""

from flask import current_app, request

from local.catalog.errors import CatalogError, unsupported


def refuse() -> CatalogError:
    """Return the error for the current request, whose path or method no route takes; it lists the endpoints."""
    rules = [rule for rule in current_app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    listed = {f"{method} {rule.rule}" for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    by_path = sorted(listed, key=lambda endpoint: endpoint.split()[::-1])
    return unsupported(f"the endpoint {request.method} {request.path}", by_path)
