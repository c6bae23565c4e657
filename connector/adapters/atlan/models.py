"""
Our assets as pyatlan's models, with the attributes that we own and no others.

Each model is made at once, with all its attributes. pyatlan's creators send a null where nothing is given, and need an
assignment for whatever else is sent; at each of these, a model's 250 attributes are validated anew.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from typing import Any, Final

from pyatlan.model import assets
from pyatlan.model.assets import Asset as Model
from pyatlan.model.assets import ColumnProcess, S3Bucket, S3Object
from pyatlan.model.assets import Process as ProcessModel
from pyatlan.model.enums import EntityStatus, S3ObjectLockMode

from connector.core.asset import Asset, Bucket, Name, Object, Process, Reference, Stat

REFERENCES: Final = 1_000
"""Kept between requests; a batch of objects has two tables each, at most, and their buckets."""

Attributes = dict[str, Any]
Refer = Callable[[Reference], Model]


def models(wanted: Iterable[Asset], guids: Mapping[Name, str]) -> dict[Name, Model]:
    """
    Return the models to send in one request, by name; *guids* has what earlier requests saved.

    They refer to each other by the temporary guids that they carry in it, so parents come first. The status is always
    sent: it restores an archived asset and changes nothing on a live one.
    """
    known, made = dict(guids), dict[Name, Model]()

    @cache
    def refer(target: Reference) -> Model:
        return _reference(target.type, known[target]) if isinstance(target, Name) else _known(target.type, target.guid)

    for number, asset in enumerate(wanted, start=1):
        kind, attributes = _described(asset, refer)
        known[asset.name] = f"-{number}"
        made[asset.name] = kind(
            guid=known[asset.name],
            status=EntityStatus.ACTIVE,
            attributes=kind.Attributes(
                name=asset.label,
                qualified_name=asset.name.qualified_name,
                connection_qualified_name=asset.connection,
                connector_name="s3",
                **attributes,
            ),
        )
    return made


def _reference(kind: str, guid: str) -> Model:
    model: type[Model] = getattr(assets, kind)
    return model.ref_by_guid(guid)


_known: Final = lru_cache(REFERENCES)(_reference)
"""References to what has its guid for ever, as tables, since a reference is a model with 300 attributes, too."""


def _described(asset: Asset, refer: Refer) -> tuple[Any, Attributes]:
    """Return the class of the model, and what is sent of an asset of its type."""
    match asset:
        case Bucket():
            return S3Bucket, {}
        case Object():
            return S3Object, _of_object(asset, refer) | _locked(asset.stat)
        case _:
            return (ProcessModel if asset.parent is None else ColumnProcess), _of_process(asset, refer)


def _of_object(asset: Object, refer: Refer) -> Attributes:
    """
    A value that S3 does not have is sent as "": if left out it would go stale, and a null is a change each time.

    awsArn is not sent, although it exists: Atlan treats it as part of the object's identity. Content encoding and user
    metadata have no attribute in Atlan: `customAttributes` is a single map that a save replaces as a whole, so it is
    left alone.
    """
    stat = asset.stat
    return {
        "bucket": refer(asset.bucket),
        "s3_bucket_name": asset.bucket_name,
        "s3_bucket_qualified_name": asset.bucket_qualified_name,
        "cloud_uniform_resource_name": asset.arn,
        "s3_object_key": asset.key,
        "s3_object_size": stat.size,
        "s3_e_tag": stat.etag,
        "s3_object_last_modified_time": stat.modified,
        "s3_object_version_id": stat.version,
        "s3_object_content_type": stat.content_type,
        "s3_object_content_disposition": stat.disposition,
        "s3_object_storage_class": stat.storage_class,
        "s3_encryption": stat.encryption,
    }


def _locked(stat: Stat) -> Attributes:
    """A lock is sent only where the role may see it."""
    lock = {
        "s3_object_lock_mode": S3ObjectLockMode(stat.lock_mode) if stat.lock_mode is not None else None,
        "s3_object_lock_retain_until": stat.lock_until,
        "s3_object_lock_legal_hold_enabled": stat.legal_hold,
    }
    return {name: value for name, value in lock.items() if value is not None}


def _of_process(asset: Process, refer: Refer) -> Attributes:
    """
    The qualified name is our own: pyatlan's would be a hash of guids, which differ at every run.

    The note is the query of the process, which Atlan shows beside the lineage: it is a comment, and nobody edits it. A
    description would be a person's.
    """
    sent: Attributes = {"inputs": [*map(refer, asset.inputs)], "outputs": [*map(refer, asset.outputs)]}
    if asset.parent is not None:
        return sent | {"process": refer(asset.parent)}
    return sent if asset.note is None else sent | {"sql": asset.note}
