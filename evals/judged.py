"""
A case judged: its outcomes, its counts, what it cost, and what a person should look at again.

It joins gold, text and result; it knows nothing of how the result was obtained or of averages.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evals.cases import Case
from evals.facts import sheet_of_extraction, sheet_of_gold
from evals.judge import judge
from evals.metrics import lost_in, tallies_of_outcomes, tallies_of_result, unsupported
from evals.outcome import Outcome, Tally
from schemas.codebook import Codebook, load_codebook
from schemas.extraction import Extraction, Noun, Provenance, Usage


class ReportScore(Noun):
    """One report, judged: its numerators and denominators, what it cost, and what read it."""

    report: str
    collection: str
    repeat: int
    sha256: str
    characters: int
    level: str | None
    year: int | None
    gold_version: int
    annotator: str
    observations: int
    tallies: dict[str, Tally]
    usage: Usage
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with everything that is known of its reading."""

    case: Case
    extraction: Extraction
    score: ReportScore
    outcomes: tuple[Outcome, ...]
    adjudicate: tuple[Outcome, ...]


def judge_case(case: Case, extraction: Extraction, codebook: Codebook | None = None, repeat: int = 0) -> Judged:
    """Judge a result by the case's gold."""
    codebook = codebook or load_codebook()
    gold, text = case.gold, case.text
    outcomes = tuple(
        one.model_copy(update={"repeat": repeat})
        for one in judge(
            sheet_of_gold(gold, text),
            sheet_of_extraction(extraction, codebook),
            text,
            report=gold.name,
            collection=case.collection,
            lost=lost_in(extraction),
        )
    )
    score = ReportScore(
        report=gold.name,
        collection=case.collection,
        repeat=repeat,
        sha256=gold.sha256,
        characters=len(text),
        level=gold.meta.level,
        year=gold.meta.year,
        gold_version=gold.version,
        annotator=gold.annotator,
        observations=len(gold.observations),
        tallies=tallies_of_outcomes(outcomes) | tallies_of_result(extraction, text, gold),
        usage=extraction.usage,
        provenance=extraction.provenance,
    )
    return Judged(case, extraction, score, outcomes, _to_adjudicate(outcomes, extraction, text))


def _to_adjudicate(outcomes: Sequence[Outcome], extraction: Extraction, text: str) -> tuple[Outcome, ...]:
    """Predictions without a gold partner that the text supports: gold may be the one that is wrong."""
    bad = set(unsupported(extraction, text))
    places = {(one.start, one.end) for one in extraction.observations if one.id not in bad}
    return tuple(
        one
        for one in outcomes
        if one.item == "observation"
        and one.kind in ("spurious", "unjudged")
        and one.predicted
        and (one.predicted["start"], one.predicted["end"]) in places
    )
