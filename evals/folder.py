"""
A run on disk: settings and versions, one line a report, one line an outcome, the figures.

    run.json          what was run, when, with which versions
    reports.jsonl     numerators, denominators and cost of each report
    outcomes.jsonl    every label and prediction, judged
    adjudicate.jsonl  supported predictions that gold does not have: look again, gold may be wrong
    summary.json      the figures by collection
    results/          the results themselves

A run folder can hold words of the reports and is not for committing. It knows the shapes and nothing of how they are
made.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from evals.cassettes import CassetteNote
from evals.judged import Judged, ReportScore
from evals.outcome import Outcome
from evals.summary import Summary, summarise
from schemas.extraction import Noun, Provenance
from service import CallerError

N = TypeVar("N", bound=Noun)


class RunRecord(Noun):
    """What was run. `seconds` is wall time."""

    created_at: datetime
    label: str
    repeats: int
    use_cache: bool
    versions: Provenance
    absent: tuple[str, ...]
    seconds: float
    cassette: CassetteNote | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run, read back or just made."""

    record: RunRecord
    scores: tuple[ReportScore, ...]
    outcomes: tuple[Outcome, ...]
    adjudicate: tuple[Outcome, ...]

    def collections(self) -> tuple[str, ...]:
        """Samples and real reports are never mixed."""
        return tuple(dict.fromkeys(one.collection for one in self.scores))

    def summaries(self) -> dict[str, Summary]:
        """The figures by collection."""
        return {name: summarise(name, self.scores, self.outcomes) for name in self.collections()}


def run_of(record: RunRecord, judged: Sequence[Judged]) -> Run:
    """A run of cases just judged."""
    return Run(
        record=record,
        scores=tuple(one.score for one in judged),
        outcomes=tuple(outcome for one in judged for outcome in one.outcomes),
        adjudicate=tuple(outcome for one in judged for outcome in one.adjudicate),
    )


def folder_name(record: RunRecord) -> str:
    """By time and model, fit for any file system."""
    return f"{record.created_at:%Y%m%d-%H%M%S}-{re.sub(r'[^A-Za-z0-9.]+', '-', record.versions.model).strip('-')}"


def write_run(folder: Path, run: Run, judged: Sequence[Judged] = ()) -> None:
    """Write the folder; what stood there under the same names is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(run.record.model_dump_json(indent=1) + "\n", encoding="utf-8")
    _write_lines(folder / "reports.jsonl", run.scores)
    _write_lines(folder / "outcomes.jsonl", run.outcomes)
    _write_lines(folder / "adjudicate.jsonl", run.adjudicate)
    figures = ",\n".join(f'"{name}": {one.model_dump_json(indent=1)}' for name, one in run.summaries().items())
    (folder / "summary.json").write_text(f"{{\n{figures}\n}}\n", encoding="utf-8")
    for one in judged:
        suffix = f".{one.score.repeat}" if one.score.repeat else ""
        path = folder / "results" / f"{one.score.report}{suffix}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(one.extraction.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_run(folder: Path) -> Run:
    """A run folder; CallerError where it is none or was written by another version."""
    try:
        return Run(
            record=RunRecord.model_validate_json((folder / "run.json").read_bytes()),
            scores=tuple(read_lines(folder / "reports.jsonl", ReportScore)),
            outcomes=tuple(read_lines(folder / "outcomes.jsonl", Outcome)),
            adjudicate=tuple(read_lines(folder / "adjudicate.jsonl", Outcome)),
        )
    except OSError as error:
        raise CallerError(f"{folder} is no run folder: {Path(str(error.filename)).name} is not there.") from None
    except ValidationError:
        raise CallerError(f"The run in {folder} was written by another version; run it again.") from None


def read_lines(path: Path, noun: type[N]) -> Iterable[N]:
    """The rows of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield noun.model_validate_json(line)


def _write_lines(path: Path, rows: Iterable[Noun]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(row.model_dump_json() + "\n")
