"""The context that Lambda passes to the handler. Used by the commands and by the tests' worker processes."""

import time
from dataclasses import dataclass, field
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Context:
    """The second argument of the handler. The invocation ends at `deadline`, in seconds of `time.monotonic`."""

    aws_request_id: str = field(default_factory=lambda: str(uuid4()))
    function_name: str = "local"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:local"
    deadline: float = field(default_factory=lambda: time.monotonic() + 60)

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the invocation ends."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))
