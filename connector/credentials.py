"""The API key in use, and the client that was made with it. `connector.app` builds it."""

from pyatlan.client.atlan import AtlanClient

from connector import log
from connector.adapters.atlan.catalog import Atlan
from connector.adapters.atlan.client import connect
from connector.adapters.atlan.speaker import Use
from connector.adapters.secret import Secret
from connector.config import Settings
from connector.limiter import Limiter
from connector.threads import Threads


class Key:
    """The API key in use, and the client that was made with it; see `connector.ports.Credentials`."""

    def __init__(self, settings: Settings, limiter: Limiter) -> None:
        self._url, self._limiter = settings.atlan_base_url, limiter
        self._secret = Secret(settings.atlan_api_key_secret) if settings.atlan_api_key_secret else None
        self._key = self._secret.read() if self._secret else settings.atlan_api_key
        log.hide(self._key)
        self.atlan = Atlan(connect(self._url, self._key, limiter), Threads(settings.at_once))

    def client(self, use: Use) -> AtlanClient:
        """Return another client with the key, for another use."""
        return connect(self._url, self._key, self._limiter, use)

    def renew(self) -> bool:
        """Read the secret again, and use a new client if the key has changed: pyatlan's client keeps its key."""
        key = self._secret.read(fresh=True) if self._secret else self._key
        if key == self._key:
            return False
        log.hide(key)
        self._key = key
        self.atlan.connect(connect(self._url, key, self._limiter))
        return True
