"""The Lambda function's entry: hands the event on, by its shape."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from connector import app
from connector.log import logger, metrics


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Apply a direct S3 notification; raises `FailedError` if a record of it could not be applied."""
    return app.direct(event, context.get_remaining_time_in_millis())
