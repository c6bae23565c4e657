"""
What shows of the API key's rights without a write: its user, the admins of a connection, and what the user wrote.

The command `check` calls it; see `connector.check.Access`. Atlan has no request that tells whether a user may update
an asset, so only who is an admin, and who wrote before, is known to have the right.
"""

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Final, Literal

import httpx
from pyatlan.client.atlan import AtlanClient
from pyatlan.model.assets import Asset as Model
from pyatlan.model.assets import Connection as ConnectionModel
from pyatlan.model.enums import EntityStatus, SortOrder
from pyatlan.model.fluent_search import FluentSearch
from pydantic import Field

from connector.adapters.atlan import answers
from connector.adapters.atlan.errors import answering
from connector.adapters.atlan.lists import LATEST, Count, User
from connector.adapters.atlan.parts import Attributes, Entity, Guid, Part
from connector.adapters.atlan.speaker import Use
from connector.core.site import Connection
from connector.errors import MissingAssetError


class _Admins(Attributes):
    admin_users: list[str] | None = None


class _Administered(Entity):
    attributes: _Admins


class _One(Part):
    entity: _Administered


class _Written(Part):
    guid: Guid
    type_name: Literal["Asset"] = Field("Asset", validation_alias="-")
    update_time: int | None = Field(None, ge=0, le=LATEST)


class _Page(Part):
    approximate_count: Count
    entities: list[_Written] | None = None


def clean(request: httpx.Request, body: bytes) -> bytes:
    """
    Return what is read of the body of a successful answer, as JSON; see `connector.adapters.atlan.answers.clean`.

    Raises:
        ValueError: it is not what Atlan answers to this request.
    """
    path = request.url.path
    if path.endswith("/users/current"):
        return answers.read(User, request, body)
    return answers.read(_Page if path.endswith("/search/indexsearch") else _One, request, body)


USE: Final = Use(clean, "give the API key a persona or policy that may read the connection and its assets")


class Rights:
    """Each method raises the errors of `connector.adapters.atlan.errors`."""

    def __init__(self, client: AtlanClient) -> None:
        self._client = client

    def user(self) -> str:
        """Return the name of the API key's user."""
        with self._answering("the API key's user"):
            return str(self._client.user.get_current().username)

    def connection(self, name: str, user: str) -> Connection:
        """Return a connection, and when *user* last wrote an asset of it; one that is absent is not active."""
        try:
            with self._answering(f"Connection {name}"):
                found: Any = self._client.asset.get_by_qualified_name(name, ConnectionModel)
        except MissingAssetError:
            return Connection(active=False)
        return Connection(
            found.status == EntityStatus.ACTIVE, frozenset(found.admin_users or ()), self._written(name, user)
        )

    def _written(self, name: str, user: str) -> datetime | None:
        """
        Search for the asset of a connection that *user* wrote last.

        Source:
            Atlan: a new process changes the update time, and who updated, of its inputs and outputs, too.
        """
        with self._answering("search"):
            search = FluentSearch(
                wheres=[Model.CONNECTION_QUALIFIED_NAME.eq(name), Model.UPDATED_BY.eq(user)],
            ).sort(Model.UPDATE_TIME.order(SortOrder.DESCENDING))
            hits = search.page_size(1).execute(self._client).current_page()
        times = [hit.update_time for hit in hits if hit.update_time]
        return datetime.fromtimestamp(int(times[0]) / 1000, UTC) if times else None

    def _answering(self, what: str) -> AbstractContextManager[None]:
        return answering(what, self._client.api_key or "", write=False)
