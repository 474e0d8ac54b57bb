"""A test that must end: a slip from linear to quadratic cost is a failure there, not an hour. It measures nothing."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ends(cpu_seconds: float = 30.0) -> Iterator[None]:
    """AssertionError once the block has used so much processor time, many times what it needs; main thread only."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"it has not ended after {cpu_seconds} s of processor time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
