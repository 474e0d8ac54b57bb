"""
The story of one report. Read this file first.

Split, mark; each part from the cache or the model; read the values; audit; assemble. It knows the order of the steps
and nothing of HTTP, Redis, files or settings.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from schemas.codebook import Codebook
from schemas.extraction import SCHEMA_VERSION, Audit, Extraction, Provenance, Report, Usage
from schemas.mention import Mention, Part, Quantity
from schemas.outline import LoadedText, Masthead, Outline, Span, Title
from schemas.reading import Spent
from service.asking import parts
from service.asking.model import Purse
from service.asking.part_source import SourcedReading
from service.asking.read_part import FreePurse
from service.results import assemble, audit, bases
from service.results.assemble import PartReading
from service.text import documents, mark, masthead, quantity, sentences, split


class Source(Protocol):
    """Reads a part: the model behind a cache, or anything else that answers every mark."""

    async def read(self, part: Part, *, report: str, purse: Purse) -> SourcedReading:
        """The part, read. Raises ConfigurationError only."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is known of a report before a model is asked."""

    loaded: LoadedText
    outline: Outline
    masthead: Masthead
    titles: tuple[Title, ...]
    mentions: tuple[Mention, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one report is, in parts."""

    parts: int
    read: int
    from_cache: int
    unread: int


@dataclass(frozen=True, slots=True)
class Versions:
    """What shaped the result beside this code."""

    prompt: str
    model: str
    mode: str


def plan(loaded: LoadedText) -> Plan:
    """The deterministic half: outline, masthead, titles, mentions, parts. Pure, linear in the text."""
    text = loaded.text
    outline = split.split(text)
    titles = documents.find_titles(text, outline)
    mentions = mark.mark(text, outline, titles)
    candidates = sentences.candidates(text, outline)
    return Plan(
        loaded=loaded,
        outline=outline,
        masthead=masthead.read_masthead(text, outline, loaded.name),
        titles=titles,
        mentions=mentions,
        parts=parts.cut(text, outline, mentions, titles, candidates),
    )


class Extractor:
    """Turns loaded texts into results; one for the life of the program, safe to share between tasks."""

    def __init__(
        self,
        source: Source,
        codebook: Codebook,
        versions: Versions,
        price: Callable[[Spent], Decimal | None] = lambda _: None,
        purse: Callable[[], Purse] = FreePurse,
        expect: Callable[[str], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._source = source
        self._codebook = codebook
        self._versions = versions
        self._price = price
        self._purse = purse
        self._expect = expect

    async def extract(
        self, loaded: LoadedText, on_progress: Callable[[Progress], Awaitable[None]] | None = None
    ) -> Extraction:
        """
        Read one report. A part that cannot be read is in the result as unread; its siblings are kept.

        Raises only what makes reading pointless: ConfigurationError.
        """
        started = time.monotonic()
        report = loaded.sha256[:16]
        with self._expect(report):
            planned = await asyncio.to_thread(plan, loaded)
            sourced = await self._read_parts(planned, report, on_progress)
        return await asyncio.to_thread(self._conclude, planned, sourced, started)

    def provenance(self) -> Provenance:
        """The versions that shape a result made now."""
        return Provenance(
            schema_version=SCHEMA_VERSION,
            codebook=self._codebook.version,
            prompt=self._versions.prompt,
            splitter=split.SPLITTER_VERSION,
            scanner=mark.SCANNER_VERSION,
            model=self._versions.model,
            mode=self._versions.mode,
            created_at=datetime.now(UTC),
        )

    async def _read_parts(
        self, planned: Plan, report: str, on_progress: Callable[[Progress], Awaitable[None]] | None
    ) -> list[SourcedReading]:
        done: list[SourcedReading] = []
        todo, purse = planned.parts, self._purse()

        async def read(part: Part) -> SourcedReading:
            sourced = await self._source.read(part, report=report, purse=purse)
            done.append(sourced)
            if on_progress:
                await on_progress(_progress(len(todo), done))
            return sourced

        if on_progress:
            await on_progress(_progress(len(todo), done))
        async with asyncio.TaskGroup() as group:
            # The longest replies first: what is short fills the gaps at the end.
            longest_first = sorted(todo, key=parts.expected_reply, reverse=True)
            tasks = {part: group.create_task(read(part)) for part in longest_first}
        return [tasks[part].result() for part in todo]

    def _conclude(self, planned: Plan, sourced: list[SourcedReading], started: float) -> Extraction:
        text, outline = planned.loaded.text, planned.outline
        readings = [
            PartReading(part, one.outcome.reading, one.outcome.unsaid)
            for part, one in zip(planned.parts, sourced, strict=True)
        ]
        quantities = _read_values(text, readings)
        assembled = assemble.assemble(text, outline, planned.mentions, readings, quantities, self._codebook)

        report = _report(planned)
        inside = [Span(title.start, title.end) for title in planned.titles]
        observations = tuple(
            one.model_copy(
                update={
                    "flags": audit.flags_of(
                        one, year=report.year, titles=inside, quantity=assembled.quantities[one.id].flags
                    )
                }
            )
            for one in assembled.observations
        )
        observations = bases.join_across(text, observations, [part.start for part in planned.parts])
        checks = audit.check_arithmetic(text, observations)
        observations = audit.flag_failures(observations, checks)
        sections = assemble.sections(outline, assembled.unread, readings)
        spent = sum((one.outcome.spent for one in sourced if not one.from_cache), Spent())
        cost = self._price(spent)
        return Extraction(
            report=report,
            sections=sections,
            observations=observations,
            set_aside=assembled.set_aside,
            unread=assembled.unread,
            documents=assemble.documents(outline, planned.titles, readings),
            problems=assembled.problems,
            plans=assembled.plans,
            audit=Audit(
                mentions=assembled.spans,
                observed=len({(one.start, one.end) for one in observations}),
                set_aside=len(assembled.set_aside),
                unread=len(assembled.unread),
                observations=len(observations),
                checks=checks,
                compliance=audit.compliance(
                    report,
                    planned.masthead,
                    sections,
                    assembled.problems,
                    assembled.plans,
                    _responsibility(text, outline),
                ),
            ),
            usage=Usage(
                calls=spent.calls,
                prompt_tokens=spent.prompt_tokens,
                cached_tokens=spent.cached_tokens,
                completion_tokens=spent.completion_tokens,
                cost=None if cost is None else format(cost, "f"),
                parts=len(planned.parts),
                parts_from_cache=sum(one.from_cache for one in sourced),
                seconds=round(time.monotonic() - started, 3),
            ),
            provenance=self.provenance(),
        )


def _read_values(text: str, readings: list[PartReading]) -> dict[Span, Quantity]:
    """What every observed span says; a span that says nothing is left out and will be unread."""
    values = {}
    for one in readings:
        for row in one.reading.rows:
            span = Span(one.part.start + row.start, one.part.start + row.end)
            value = quantity.read(text, span.start, span.end)
            if value is not None:
                values[span] = value
    return values


def _report(planned: Plan) -> Report:
    head, text = planned.masthead, planned.loaded.text
    return Report(
        title=head.title,
        jurisdiction=head.jurisdiction,
        level=head.level,
        issuer=head.issuer,
        year=head.year,
        published_on=head.published_on,
        source=planned.loaded.source,
        name=planned.loaded.name,
        sha256=planned.loaded.sha256,
        characters=len(text),
    )


def _responsibility(text: str, outline: Outline) -> tuple[int, int] | None:
    """A sentence on the duties of the first person responsible, where no section is about them."""
    at = text.find("第一责任人", outline.body_start, outline.body_end)
    return None if at < 0 else (at, at + len("第一责任人"))


def _progress(total: int, done: list[SourcedReading]) -> Progress:
    return Progress(
        parts=total,
        read=len(done),
        from_cache=sum(one.from_cache for one in done),
        unread=sum(bool(one.outcome.reading.unread or one.outcome.unsaid) for one in done),
    )
