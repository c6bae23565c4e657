"""The lease within a process."""

import time
from threading import Event, Thread

import pytest

from connector.adapters.lease import GRACE, WORK, Local
from connector.errors import BusyError


def test_undisturbed() -> None:
    """Nobody else ever holds the lease of a process, so what is remembered stays true; it is free again afterwards."""
    lease = Local()

    for _ in range(2):
        with lease.hold("default/s3/1", time.monotonic()) as term:
            assert term.undisturbed


def test_busy() -> None:
    """While one thread writes to a connection, another waits until its deadline; other connections are free."""
    lease, held, done = Local(), Event(), Event()

    def hold() -> None:
        with lease.hold("default/s3/1", time.monotonic()):
            held.set()
            done.wait(10)

    thread = Thread(target=hold)
    thread.start()
    held.wait(10)
    with (
        pytest.raises(BusyError, match="default/s3/1: another thread"),
        lease.hold("default/s3/1", time.monotonic() + 0.05),
    ):
        pass
    with lease.hold("default/s3/2", time.monotonic()):
        pass
    done.set()
    thread.join()
    with lease.hold("default/s3/1", time.monotonic()):
        pass


def test_ambiguous() -> None:
    """After an ambiguous write nobody gets it for a grace; then nothing is remembered."""
    seconds = [0.0]
    lease = Local(clock=lambda: seconds[0], pause=lambda wait: seconds.append(seconds.pop() + wait))
    with lease.hold("default/s3/1", 0.0) as term:
        term.ambiguous = True

    with pytest.raises(BusyError, match="may still be carried out"), lease.hold("default/s3/1", GRACE + WORK - 1):
        pass
    with lease.hold("default/s3/1", GRACE + WORK + 1) as term:
        assert (term.undisturbed, seconds) == (False, [GRACE])
    with lease.hold("default/s3/1", GRACE + WORK + 1) as term:
        assert term.undisturbed


def test_released_on_error() -> None:
    """The lease is free again, whatever was raised while it was held."""
    lease = Local()

    with pytest.raises(KeyError), lease.hold("default/s3/1", time.monotonic()):
        raise KeyError
    with lease.hold("default/s3/1", time.monotonic()):
        pass
