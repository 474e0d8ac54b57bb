"""
The end of tasks that may not hear.

A cancel that reaches redis-py at the wrong moment of a read is lost (8.1 on Python 3.11); a task that loops over Redis
would then go on for ever, and whoever waits for its end with it. So a task is cancelled until it has ended. It knows
nothing of what the tasks do.
"""

import asyncio
from typing import Any, Final

AGAIN_SECONDS: Final = 1.0  # time enough to give a job back between two


async def end(*tasks: "asyncio.Task[Any]", seconds: float | None = None) -> None:
    """Cancel the tasks and wait for their end, at most `seconds`; what they raised is theirs to keep."""
    loop = asyncio.get_running_loop()
    deadline = None if seconds is None else loop.time() + seconds
    left = {task for task in tasks if not task.done()}
    while left and (deadline is None or loop.time() < deadline):
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()  # seen, so that nobody complains of it later
