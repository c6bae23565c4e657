"""The API key in AWS Secrets Manager, through Powertools' parameters."""

from aws_lambda_powertools.utilities.parameters import GetParameterError, SecretsProvider

from connector.core.budget import CACHE
from connector.errors import UnavailableError


class Secret:
    """A secret whose value is the API key; *name* is its id or ARN."""

    def __init__(self, name: str, provider: SecretsProvider | None = None) -> None:
        self._name = name
        self._provider = provider or SecretsProvider()

    def read(self, *, fresh: bool = False) -> str:
        """
        Return the key, cached for five minutes unless *fresh* is set.

        Raises:
            UnavailableError: Secrets Manager does not respond, denies access, or has no such secret.
        """
        try:
            return str(self._provider.get(self._name, max_age=round(CACHE), force_fetch=fresh)).strip()
        except GetParameterError as error:
            raise UnavailableError(f"the secret {self._name} cannot be read: {error}") from error
