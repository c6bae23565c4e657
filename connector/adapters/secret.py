"""The API key in AWS Secrets Manager, through Powertools' parameters."""

from typing import Final

from aws_lambda_powertools.utilities.parameters import GetParameterError, SecretsProvider
from botocore.config import Config

from connector.adapters.aws import Service, connect
from connector.core import key
from connector.core.budget import AWS_CONNECT, AWS_READ, CACHE
from connector.errors import UnavailableError

_CONFIG: Final = Config(
    connect_timeout=AWS_CONNECT, read_timeout=AWS_READ, retries={"mode": "standard", "total_max_attempts": 3}
)
_SERVICE: Final = Service(
    "Secrets Manager",
    "check ATLAN_API_KEY_SECRET and grant the role secretsmanager:GetSecretValue on the secret",
    ours=True,
)


class Secret:
    """A secret that contains the API key; *name* is its id or ARN."""

    def __init__(self, name: str, provider: SecretsProvider | None = None) -> None:
        self._name = name
        self._provider = provider or SecretsProvider(boto3_client=connect("secretsmanager", _CONFIG))

    def read(self, *, fresh: bool = False) -> str:
        """
        Return the key, cached for five minutes unless *fresh* is set: the secret's text, or a field of a JSON object.

        Raises:
            CredentialsError: Secrets Manager does not accept the credentials or the clock.
            UnavailableError: Secrets Manager does not respond, denies access, or has no such secret; or what the secret
                contains is no key, until somebody puts one into it.
        """
        try:
            value: object = self._provider.get(self._name, max_age=round(CACHE), force_fetch=fresh)
        except GetParameterError as error:
            # Powertools puts boto3's exception into words; it is still the context
            raise _SERVICE.explained(error.__context__, f"the secret {self._name} cannot be read") from error
        try:
            found = key.content(value.decode() if isinstance(value, bytes) else str(value))
        except UnicodeDecodeError:
            raise UnavailableError(f"the secret {self._name} is not text in UTF-8; put the API key into it") from None
        except ValueError as error:
            raise UnavailableError(f"the secret {self._name} {error}; put the API key into it") from None
        if wrong := key.fault(found):
            raise UnavailableError(f"the API key in the secret {self._name} {wrong}")
        return found
