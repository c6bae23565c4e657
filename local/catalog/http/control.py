"""
The catalog's own controls over HTTP, without a key: `/local/faults`, `/local/limit` and `/local/log`.

Tests use them if the catalog runs in another process. None of this exists in Atlan.
"""

from dataclasses import asdict, fields
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from local.catalog.errors import invalid
from local.catalog.faults import Fault, Faults, Kind, Limit

control = Blueprint("control", __name__, url_prefix="/local")


def _faults() -> Faults:
    faults: Faults = current_app.config["FAULTS"]
    return faults


@control.get("/faults")
def list_faults() -> Response:
    """List the armed faults."""
    return jsonify(_faults().armed())


@control.post("/faults")
def add_fault() -> Response:
    """Arm the fault in the body: the fields of `faults.Fault`, of which only `kind` is needed."""
    body: dict[str, Any] = request.get_json(force=True)
    known = {one.name for one in fields(Fault)}
    if wrong := sorted(body.keys() - known):
        raise invalid(f"unknown fields of a fault: {', '.join(wrong)}; known are {', '.join(sorted(known))}")
    if body.get("kind") not in list(Kind):
        raise invalid(f"unknown kind of fault: {body.get('kind')}; known are {', '.join(Kind)}")
    _faults().add(Fault(**body | {"kind": Kind(body["kind"])}))
    return list_faults()


@control.delete("/faults")
def clear_faults() -> Response:
    """Disarm all faults, and lift the limit."""
    _faults().clear()
    return list_faults()


@control.put("/limit")
def set_limit() -> Response:
    """Set the tenant's limit: `per_minute` requests, and `block` seconds for exceeding it."""
    body: dict[str, Any] = request.get_json(force=True)
    limit = Limit(per_minute=int(body.get("per_minute", 400)), block=float(body.get("block", 60.0)))
    _faults().limit = limit
    return jsonify({"per_minute": limit.per_minute, "block": limit.block})


@control.get("/log")
def list_log() -> Response:
    """List the last 10,000 requests, oldest first."""
    return jsonify([asdict(entry) for entry in list(_faults().log)])


@control.delete("/log")
def clear_log() -> Response:
    """Clear the request log."""
    _faults().log.clear()
    return list_log()
