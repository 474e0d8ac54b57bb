"""Runs over the hand-made report, in memory and on disk, and a home of gold with its baseline."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

from results import TEXT, case, gold, perfect

from evals.folder import Run, RunRecord, run_of, write_run
from evals.gate import baseline_of, write_baseline
from evals.gold import GoldReport, Home, write_gold
from evals.judged import Judged, judge_case
from schemas.extraction import Extraction


def made(*extractions: Extraction, labels: GoldReport | None = None) -> tuple[Run, list[Judged]]:
    """A run over the hand-made report, once or in repeats."""
    judged = [judge_case(case(labels), one, repeat=index) for index, one in enumerate(extractions)]
    record = RunRecord(
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        label="made",
        repeats=len(extractions),
        use_cache=False,
        versions=extractions[0].provenance,
        absent=(),
        seconds=0.1,
    )
    return run_of(record, judged), judged


def kept(folder: Path, *extractions: Extraction) -> Path:
    """A run folder."""
    run, judged = made(*extractions)
    write_run(folder, run, judged)
    return folder


def home_in(folder: Path) -> Home:
    """Gold of one report with its baseline and gates."""
    found = Home(folder / "home")
    found.reports.mkdir(parents=True)
    (found.reports / "yunchuan-2023.txt").write_bytes(TEXT.encode())
    write_gold(found.gold / "yunchuan-2023.json", gold())
    write_baseline(baseline_of(made(perfect(gold()))[0], "first", date(2026, 11, 1)), found.baseline)
    shutil.copy(Home().gates, found.gates)
    return found
