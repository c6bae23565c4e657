"""The Lambda function's entry: hands the event on, by its shape."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from connector.app import application
from connector.core import envelope
from connector.log import logger, metrics


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """
    Apply the S3 notifications of an event: messages of SQS, which may be handed back, or any other, which may raise.

    Raises:
        FailedError: a record of an event that is not of SQS could not be applied.
        ConfigurationError: a setting or the routes file is wrong.
    """
    remaining = context.get_remaining_time_in_millis()
    messages = envelope.messages(event)
    return application().batch(messages, remaining) if messages else application().direct(event, remaining)
