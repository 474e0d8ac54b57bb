"""
Many results become tidy tables: observations, reports, documents, problems, plans, checks, and one row a report (`wide`).

It knows the contract and what a row holds. It knows nothing of folders, of file formats, or of where a text is kept: the
caller hands over results with their texts, newest versions only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.codebook import Codebook
from schemas.extraction import Compliance, Extraction, Provenance, Report
from schemas.table import Column, Row, Table, Value
from service.results.headline import Sentences, digits, headlines, without

_WHOSE: Final = (
    Column("report"),
    Column("jurisdiction"),
    Column("level"),
    Column("year", "integer"),
    Column("issuer"),
)
_RESULT: Final = Column("result")
_SOURCE: Final = (Column("sha256", repeated=True), Column("source", repeated=True), _RESULT)
_PROVENANCE: Final = tuple(
    Column(name, repeated=True)
    for name in ("model", "mode", "codebook", "prompt", "splitter", "scanner", "schema_version", "created_at")
)
_PLACE: Final = (Column("section"), Column("start", "integer"), Column("end", "integer"))

OBSERVATIONS: Final = Table(
    "observations",
    (
        *_WHOSE,
        *map(Column, ("indicator", "topic", "label", "name")),
        Column("value", "number"),
        Column("value_to", "number"),
        *map(Column, ("unit", "qualifier", "aspect", "area", "period", "part_of", "base_indicator", "base_name")),
        Column("base_value", "number"),
        *map(Column, ("base_unit", "quote", "sentence", "section_heading")),
        *_PLACE,
        *map(Column, ("id", "origin", "flags")),
        *_SOURCE,
        *_PROVENANCE,
    ),
)
REPORTS: Final = Table(
    "reports",
    (
        *_WHOSE,
        Column("title"),
        Column("published_on", "date"),
        *(Column(name, "integer") for name in ("characters", "sections", "mentions", "observations", "set_aside")),
        *(Column(name, "integer") for name in ("doubtful", "unread", "checks_hold", "checks_fail", "checks_open")),
        *(
            Column(name, "yes_no")
            for name in ("achievements", "problems", "responsibility", "plans", "published_by_1_april")
        ),
        *(Column(column.name) for column in (*_SOURCE, *_PROVENANCE)),
    ),
)
DOCUMENTS: Final = Table("documents", (*_WHOSE, *map(Column, ("title", "number", "action")), *_PLACE, *_SOURCE))
PROBLEMS: Final = Table("problems", (*_WHOSE, Column("text"), *_PLACE, *_SOURCE))
PLANS: Final = Table("plans", (*_WHOSE, Column("text"), *_PLACE, *_SOURCE))
CHECKS: Final = Table(
    "checks",
    (*_WHOSE, *map(Column, ("kind", "expected", "found")), Column("holds", "yes_no"), Column("observations"), *_SOURCE),
)


@dataclass(frozen=True, slots=True)
class Result:
    """A result with its text (None where it is not at hand: then no sentences) and the name it goes by."""

    extraction: Extraction
    text: str | None
    name: str


def wide_table(codebook: Codebook) -> Table:
    """One row a report, one column an indicator."""
    return Table(
        "wide",
        (*_WHOSE, Column("unread", "integer"), *(Column(code, "figure") for code in codebook.indicators), *_SOURCE),
    )


def tables(codebook: Codebook) -> tuple[Table, ...]:
    """All tables, in the order in which they are shown."""
    return (OBSERVATIONS, wide_table(codebook), REPORTS, DOCUMENTS, PROBLEMS, PLANS, CHECKS)


def rows(result: Result, codebook: Codebook) -> Iterator[tuple[str, Row]]:
    """Every row that one result gives, with the name of its table."""
    extraction = result.extraction
    whose, source = _whose(result), _source(result)
    for row in _observations(result, codebook):
        yield OBSERVATIONS.name, row
    yield "wide", (*whose, extraction.audit.unread, *_cells(extraction, codebook), *source)
    yield REPORTS.name, _report(result)
    for document in extraction.documents:
        place = (document.section, document.start, document.end)
        yield DOCUMENTS.name, (*whose, document.title, document.number, document.action, *place, *source)
    for table, statements in ((PROBLEMS, extraction.problems), (PLANS, extraction.plans)):
        for one in statements:
            yield table.name, (*whose, one.text, one.section, one.start, one.end, *source)
    for check in extraction.audit.checks:
        yield (
            CHECKS.name,
            (*whose, check.kind, check.expected, check.found, check.holds, " ".join(check.observations), *source),
        )


def identity(report: Report) -> tuple[object, ...]:
    """What makes two results versions of one report; a report that does not say whose it is stands for itself."""
    if report.year is None or (report.jurisdiction is None and report.issuer is None):
        return (report.sha256,)
    return (report.jurisdiction, report.issuer, report.year)


def newest(results: Mapping[str, tuple[Report, datetime]]) -> tuple[str, ...]:
    """Of the names of results those that no later version of the same report replaces, in their order."""
    best: dict[tuple[object, ...], tuple[datetime, str]] = {}
    for name, (report, made) in results.items():
        key = identity(report)
        if key not in best or (made, name) > best[key]:
            best[key] = (made, name)
    kept = {name for _, name in best.values()}
    return tuple(name for name in results if name in kept)


def _observations(result: Result, codebook: Codebook) -> Iterator[Row]:
    whose, source, made = _whose(result), _source(result), _provenance(result.extraction.provenance)
    by_id = {one.id: one for one in result.extraction.observations}
    headings = {one.id: one.heading for one in result.extraction.sections}
    sentences = Sentences(result.text)
    for one in by_id.values():
        base = by_id.get(one.part_of or "")
        label = codebook.indicators[one.indicator].label_zh if one.indicator in codebook else None
        yield (
            *whose,
            *(one.indicator, one.topic, label, one.name, one.value, one.value_to, one.unit, one.qualifier, one.aspect),
            *(one.area, one.period, one.part_of),
            *((base.indicator, base.name, base.value, base.unit) if base else (None,) * 4),
            *(one.quote, sentences.at(one.start), headings.get(one.section or ""), one.section, one.start, one.end),
            *(one.id, one.origin, " ".join(one.flags)),
            *source,
            *made,
        )


def _cells(extraction: Extraction, codebook: Codebook) -> Iterator[str]:
    cells, absent = headlines(extraction, codebook), without(extraction).standing
    for code in codebook.indicators:
        cell = cells.get(code)
        if cell is None:
            yield absent
        else:
            yield "; ".join(digits(one) for one in cell.figures) if cell.figures else cell.standing


def _report(result: Result) -> Row:
    report, audit = result.extraction.report, result.extraction.audit
    holds = [check.holds for check in audit.checks]
    found: dict[str, Compliance] = {one.part: one for one in audit.compliance}
    parts = ("achievements", "problems", "responsibility", "plans", "published_by_1_april")
    return (
        *_whose(result),
        report.title,
        report.published_on.isoformat() if report.published_on else None,
        *(report.characters, len(result.extraction.sections), audit.mentions, audit.observations, audit.set_aside),
        *(sum(one.doubt for one in result.extraction.set_aside), audit.unread),
        *(sum(one is answer for one in holds) for answer in (True, False, None)),
        *(found[part].found if part in found else None for part in parts),
        *_source(result),
        *_provenance(result.extraction.provenance),
    )


def _whose(result: Result) -> tuple[Value, ...]:
    report = result.extraction.report
    return (report.name or report.title, report.jurisdiction, report.level, report.year, report.issuer)


def _source(result: Result) -> tuple[Value, ...]:
    return (result.extraction.report.sha256, result.extraction.report.source, result.name)


def _provenance(one: Provenance) -> tuple[Value, ...]:
    made = one.created_at.isoformat(timespec="seconds")
    return (one.model, one.mode, one.codebook, one.prompt, one.splitter, one.scanner, one.schema_version, made)
