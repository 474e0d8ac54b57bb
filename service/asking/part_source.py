"""
A part's reading: from the cache, or from the model and then into the cache.

It knows what shapes a reading (the key) and which are whole enough to keep. It knows nothing of Redis or of prompts' wording.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from schemas.mention import Part
from schemas.reading import Reading, Spent
from service.asking.model import Purse
from service.asking.prompt import Prompt
from service.asking.read_part import BUDGET, PartOutcome, PartReader


class Cache(Protocol):
    """Keeps readings by key, and lets one caller at a time make one."""

    async def get_or_read(
        self,
        key: str,
        read: Callable[[], Awaitable[PartOutcome]],
        keep: Callable[[PartOutcome], Reading | None],
    ) -> Reading | PartOutcome:
        """The kept reading, or what `read` gives."""
        ...


@dataclass(frozen=True, slots=True)
class SourcedReading:
    """A part's outcome and whether it cost nothing."""

    outcome: PartOutcome
    from_cache: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """Everything beside the rendered part that shapes a reading."""

    model: str
    host: str
    mode: str
    temperature: float | None
    splitter: str
    scanner: str
    repeat: int = 0


class PartSource:
    """Reads parts through a cache, or without one; `on_trace` hears what was wrong with the replies, as codes."""

    def __init__(
        self,
        reader: PartReader,
        prompt: Prompt,
        cache: Cache | None,
        shape: Shape,
        on_trace: Callable[[tuple[str, ...]], None] = lambda _: None,
    ) -> None:
        self._reader = reader
        self._prompt = prompt
        self._cache = cache
        self._shape = shape
        self._on_trace = on_trace

    async def read(self, part: Part, *, report: str, purse: Purse) -> SourcedReading:
        """The part, read. Raises ConfigurationError only."""

        async def ask() -> PartOutcome:
            outcome = await self._reader.read(part, report=report, purse=purse)
            self._on_trace(outcome.trace)
            return outcome

        if self._cache is None:
            return SourcedReading(await ask(), from_cache=False)
        found = await self._cache.get_or_read(self.key(part), ask, _worth_keeping)
        if isinstance(found, PartOutcome):
            return SourcedReading(found, from_cache=False)
        return SourcedReading(PartOutcome(found, Spent()), from_cache=True)

    def key(self, part: Part) -> str:
        """A hash of everything that shapes the reading, and of nothing that does not; no text can be read back from it."""
        shaped = {
            "prompt": self._prompt.fingerprint,
            "messages": self._prompt.messages(part)[1:],
            # Of the text only an excerpt is shown, but a reading is placed by offsets into all of it.
            "text": part.text,
            "marks": [(span.start - part.start, span.end - part.start) for span in part.marks],
            "shape": [getattr(self._shape, name) for name in self._shape.__slots__],
        }
        return hashlib.sha256(json.dumps(shaped, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def _worth_keeping(outcome: PartOutcome) -> Reading | None:
    """A whole reading; one with holes is asked for again next time."""
    whole = not (outcome.reading.unread or outcome.unsaid or outcome.retryable or BUDGET in outcome.trace)
    return outcome.reading if whole else None
