"""
Whose call is next, of all that wait for a place in this process.

Reports take turns, so that a long one does not hold up a short one. It knows names and sizes, and nothing of rates, Redis or
what a call is.
"""

import asyncio
import heapq
import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# A report is split and marked in some hundredths of a second; reports that come in together wait for one another no longer.
KEPT_SECONDS: Final = 1.0


class Turns:
    """
    So many places. Those who wait are served in rounds: one call of every report, the longest first.

    What takes longest goes first so that nobody waits for it in the end. While a report is expected a place is kept for
    it: a report that has one gets no second, so that those that come in together are served as if all had been there.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: dict[str, list[tuple[int, int, asyncio.Future[None]]]] = {}
        self._held: Counter[str] = Counter()
        self._expected: set[str] = set()
        self._served: set[str] = set()
        self._arrived = itertools.count()

    @contextmanager
    def expect(self, report: str) -> Iterator[None]:
        """Keep a place for the first call of `report`: until it comes, the block ends, or KEPT_SECONDS have passed."""
        self._expected.add(report)
        too_late = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._expect_no_more, report)
        try:
            yield
        finally:
            too_late.cancel()
            self._expect_no_more(report)

    async def take(self, report: str, size: int = 0) -> None:
        """A place; wait for one if need be."""
        self._expected.discard(report)
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting.setdefault(report, []), (-size, next(self._arrived), turn))
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(report)
            raise

    def give_back(self, report: str) -> None:
        """The place goes to the next that waits."""
        self._free += 1
        self._held -= Counter((report,))
        self._serve()

    def _expect_no_more(self, report: str) -> None:
        self._expected.discard(report)
        self._serve()

    def _serve(self) -> None:
        while self._free and (report := self._next_report()) is not None:
            _, _, turn = heapq.heappop(self._waiting[report])
            if not self._waiting[report]:
                del self._waiting[report]
            if not turn.done():
                self._free -= 1
                self._held[report] += 1
                self._served.add(report)
                turn.set_result(None)

    def _next_report(self) -> str | None:
        spare = self._free > len(self._expected)
        able = [report for report in self._waiting if spare or not self._held[report]]
        if able and self._served.issuperset(able):
            self._served.clear()
        return min(
            (report for report in able if report not in self._served),
            key=lambda one: self._waiting[one][0][:2],
            default=None,
        )
