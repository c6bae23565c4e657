"""
The entry point of the Lambda function: calls `batch` for SQS events and `direct` for all others.

What is imported lives as long as the process, and is a million objects: looking for garbage among them takes a fifth
of the start, and as much again whenever all is looked through.
"""

import gc

gc.disable()

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from connector.app import application
from connector.core import envelope
from connector.log import logger, metrics

gc.freeze()
gc.enable()


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """
    Apply the S3 notifications of an event. Failed SQS messages are returned; for any other event, failures raise.

    Raises:
        FailedError: a record of a direct event (not from SQS) could not be applied.
        ConfigurationError: a setting or the routes file is wrong.
    """
    remaining = context.get_remaining_time_in_millis()
    messages = envelope.messages(event)
    return application().batch(messages, remaining) if messages else application().direct(event, remaining)
