"""Who certified, announced or pinned, and when: the server sets it, whenever what it tells of changes."""

import pytest
from pyatlan.model.assets import Asset, Column, S3Object
from pyatlan.model.core import Announcement
from pyatlan.model.enums import AnnouncementType, CertificateStatus
from pyatlan.model.fluent_search import FluentSearch


def certificate(asset: Asset) -> tuple[str | None, int]:
    """Tell who certified an asset, and when, in milliseconds."""
    return asset.certificate_updated_by, round(asset.certificate_updated_at.timestamp() * 1000)


@pytest.mark.parametrize(
    ("kind", "attribute", "value", "told"),
    [
        pytest.param(Column, "certificate_status", CertificateStatus.VERIFIED, "certificate_updated", id="certificate"),
        pytest.param(Column, "certificate_status_message", "fine", "certificate_updated", id="certificate message"),
        pytest.param(Column, "announcement_title", "soon", "announcement_updated", id="announcement"),
        pytest.param(Column, "announcement_message", "soon", "announcement_updated", id="announcement message"),
        pytest.param(
            Column, "announcement_type", AnnouncementType.ISSUE, "announcement_updated", id="announcement type"
        ),
        pytest.param(Column, "is_pinned", True, "pinned", id="pin"),
        pytest.param(S3Object, "certificate_status", CertificateStatus.DRAFT, "certificate_updated", id="object"),
    ],
)
def test_set(world, kind, attribute, value, told):
    """They are set on creation and by an update; of what was not sent nothing is told."""
    both = (f"{told}_by", f"{told}_at")
    created, updated = world.make(kind, "created"), world.make(kind, "updated")
    setattr(created, attribute, value)
    world.save(created, updated)
    before = [getattr(world.read(updated), name) for name in both]
    setattr(updated, attribute, value)
    world.later()
    world.save(updated)

    first, second = world.read(created), world.read(updated)
    assert before[0] is None
    assert [getattr(one, both[0]) for one in (first, second)] == [first.created_by, second.updated_by]
    times = [round(getattr(one, both[1]).timestamp() * 1000) for one in (first, second)]
    assert times == [first.create_time, second.update_time]


def test_unchanged(world):
    """A save that sends the same certificate, and another that sends none, leave who set it and when."""
    one = world.loose("a.csv")
    one.certificate_status = CertificateStatus.VERIFIED
    world.save(one)
    before = certificate(world.read(one))
    world.later()
    one.description = "other"
    world.save(one)
    plain = world.loose("a.csv")
    plain.description = "another"
    world.save(plain)

    assert certificate(world.read(one)) == before
    assert before[0]


def test_cleared(world):
    """A certificate that is cleared leaves who set it and when."""
    one = world.loose("a.csv")
    one.certificate_status = CertificateStatus.VERIFIED
    world.save(one)
    before = certificate(world.read(one))
    world.later()

    world.client.asset.remove_certificate(S3Object, one.qualified_name, one.name)

    assert world.read(one).certificate_status is None
    assert certificate(world.read(one)) == before


def test_sent(world):
    """A client may tell who certified, and is overruled if it changes the certificate in the same save."""
    one = world.loose("a.csv")
    one.certificate_updated_by = "ann"
    world.save(one)
    told = world.read(one).certificate_updated_by
    one.certificate_status = CertificateStatus.DRAFT
    world.save(one)

    assert told == "ann"
    assert world.read(one).certificate_updated_by == world.read(one).updated_by != "ann"


def test_partial_update(world):
    """An announcement by pyatlan's own method, which is a partial update, has them, too; and a search finds them."""
    one = world.loose("a.csv")
    world.save(one)
    notice = Announcement(announcement_title="soon", announcement_type=AnnouncementType.WARNING)

    world.client.asset.update_announcement(S3Object, one.qualified_name, one.name, notice)

    told = world.read(one)
    assert told.announcement_updated_by == told.updated_by
    named = FluentSearch().where(Asset.QUALIFIED_NAME.eq(one.qualified_name))
    assert named.where(Asset.ANNOUNCEMENT_UPDATED_BY.eq(told.updated_by)).count(world.client) == 1
    assert named.where(Asset.ANNOUNCEMENT_UPDATED_AT.eq(told.update_time)).count(world.client) == 1
