"""Our assets as pyatlan's models, with the attributes that we own and no others."""

from collections.abc import Mapping
from typing import Any

from pyatlan.model import assets
from pyatlan.model.assets import Asset as Model
from pyatlan.model.assets import ColumnProcess, S3Bucket, S3Object
from pyatlan.model.assets import Process as ProcessModel
from pyatlan.model.enums import EntityStatus, S3ObjectLockMode

from connector.core.asset import Asset, Bucket, Name, Object, Process, Reference


def model(asset: Asset, guids: Mapping[Name, str]) -> Model:
    """
    Return the model to send for *asset*; *guids* has the real or temporary guid of every name that it refers to.

    The status is always sent: it restores an archived asset and changes nothing on a live one.
    """
    match asset:
        case Bucket():
            built: Model = _bucket(asset)
        case Object():
            built = _object(asset, guids)
        case _:
            built = _process(asset, guids)
    built.status = EntityStatus.ACTIVE
    return built


def _bucket(asset: Bucket) -> Model:
    """Not by the creator of pyatlan, which sends a null for the ARN: a change each time, and the loss of one."""
    built: S3Bucket = S3Bucket.updater(qualified_name=asset.name.qualified_name, name=asset.label)
    built.connection_qualified_name = asset.connection
    built.connector_name = "s3"
    return built


def _object(asset: Object, guids: Mapping[Name, str]) -> Model:
    """
    A value that S3 does not have is sent as "": if left out it would go stale, and a null is a change each time.

    awsArn is not sent, although it exists: Atlan treats it as part of the object's identity. A lock is sent only
    where the role may see it. Content encoding and user metadata have no attribute in Atlan: `customAttributes`
    is a single map that a save replaces as a whole, so it is left alone.
    """
    built: S3Object = S3Object.creator_with_prefix(
        name=asset.label,
        connection_qualified_name=asset.connection,
        s3_bucket_name=asset.bucket_name,
        s3_bucket_qualified_name=asset.bucket_qualified_name,
    )
    stat = asset.stat
    built.qualified_name = asset.name.qualified_name
    built.bucket = _reference(asset.bucket, guids)
    built.cloud_uniform_resource_name = asset.arn
    built.s3_object_key = asset.key
    built.s3_object_size = stat.size
    built.s3_e_tag = stat.etag
    built.s3_object_last_modified_time = stat.modified
    built.s3_object_version_id = stat.version
    built.s3_object_content_type = stat.content_type
    built.s3_object_content_disposition = stat.disposition
    built.s3_object_storage_class = stat.storage_class
    built.s3_encryption = stat.encryption
    if stat.lock_mode is not None:
        built.s3_object_lock_mode = S3ObjectLockMode(stat.lock_mode)
    if stat.lock_until is not None:
        built.s3_object_lock_retain_until = stat.lock_until
    if stat.legal_hold is not None:
        built.s3_object_lock_legal_hold_enabled = stat.legal_hold
    return built


def _process(asset: Process, guids: Mapping[Name, str]) -> Model:
    """
    The process id is always given: without one pyatlan hashes guids, which differ at every run.

    The note is the query of the process, which Atlan shows beside the lineage: it is a comment, and nobody edits it. A
    description would be a person's.
    """
    fields: dict[str, Any] = {
        "name": asset.label,
        "connection_qualified_name": asset.connection,
        "process_id": asset.name.qualified_name.removeprefix(f"{asset.connection}/"),
        "inputs": [_reference(end, guids) for end in asset.inputs],
        "outputs": [_reference(end, guids) for end in asset.outputs],
    }
    built: Model
    if asset.parent is None:
        built = ProcessModel.creator(**fields)
        if asset.note is not None:
            built.sql = asset.note
    else:
        built = ColumnProcess.creator(**fields, parent=_reference(asset.parent, guids))
    return built


def _reference(target: Reference, guids: Mapping[Name, str]) -> Any:
    kind: type[Model] = getattr(assets, target.type)
    return kind.ref_by_guid(guids[target] if isinstance(target, Name) else target.guid)
