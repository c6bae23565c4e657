"""Roles, users, groups and API keys, as pyatlan's caches ask for them."""

import uuid

import pytest
from pyatlan.client.atlan import AtlanClient
from pyatlan.errors import NotFoundError
from pyatlan.model.assets import Connection
from pyatlan.model.enums import AtlanConnectorType


@pytest.mark.parametrize("name", ["$admin", "$member", "$guest"])
def test_roles(client: AtlanClient, name):
    """The workspace's roles can be told by name and by id."""
    id_ = client.role_cache.get_id_for_name(name)

    assert client.role_cache.get_name_for_id(id_) == name


def test_connection_role(client: AtlanClient, connection, catalog):
    """Every connection brings a role of its own."""
    guid = client.asset.get_by_qualified_name(connection, Connection).guid

    assert f"connection_admins_{guid}" in [role.name for role in client.role.get(limit=100).records]


def test_creator_with_people(client: AtlanClient, catalog):
    """A connection may have existing users and groups as administrators, and no others."""
    Connection.creator(
        client=client,
        name="x",
        connector_type=AtlanConnectorType.S3,
        admin_users=["local"],
        admin_groups=["everyone"],
    )

    with pytest.raises(ValueError, match="nobody"):
        Connection.creator(client=client, name="x", connector_type=AtlanConnectorType.S3, admin_users=["nobody"])


def test_user(client: AtlanClient, catalog):
    """A user is found by name and by part of the email."""
    assert client.user.get_by_username("local").email == "local@example.com"
    assert [user.username for user in client.user.get_by_email("@example").records] == ["local"]


def test_current(client: AtlanClient):
    """The API key has a user, whose name is who created things."""
    assert client.user.get_current().username.startswith("service-account-apikey-")


def test_groups_of_a_user(client: AtlanClient, catalog):
    """A user's groups are listed, and a group's members."""
    user, group = client.user.get_by_username("local"), client.group.get_by_name("everyone").records[0]

    assert [one.id for one in client.user.get_groups(user.id)] == [group.id]
    assert [one.id for one in client.group.get_members(group.id)] == [user.id]


def test_groups_of_nobody(client: AtlanClient, catalog):
    """An unknown user or group is not found."""
    for ask in (client.user.get_groups, client.group.get_members):
        with pytest.raises(NotFoundError):
            ask(str(uuid.uuid4()))


def test_whoami(client: AtlanClient):
    """The API key has its roles."""
    assert client.role_cache.is_api_token_user()


def test_key(client: AtlanClient, catalog):
    """The API key is found by its name."""
    assert client.token.get_by_name("local").client_id == "apikey-local"


def test_type_definitions(client: AtlanClient, catalog):
    """There are no tags and no custom metadata, and the caches that look for them say so."""
    assert client.atlan_tag_cache.get_id_for_name("none") is None
    with pytest.raises(NotFoundError):
        client.custom_metadata_cache.get_id_for_name("none")
