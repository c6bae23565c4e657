"""
Faults on demand in front of the local AWS: what AWS, or a proxy before it, answers when something is wrong.

    aws = Aws().start()
    armed = aws.faults.add(Fault(Kind.ANSWER, "s3", "GetObject", answer=answers.error("s3", 503, "SlowDown")))
    ...
    assert armed.met == 1

`fault` says what can go wrong and for which requests, `answers` makes answers, `layer` applies them.
"""

from local.aws.faults import answers
from local.aws.faults.answers import Answer
from local.aws.faults.fault import Fault, Kind
from local.aws.faults.layer import Armed, Faults

__all__ = ["Answer", "Armed", "Fault", "Faults", "Kind", "answers"]
