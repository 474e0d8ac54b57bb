"""
Two gates. Offline everything is deterministic: label by label against the committed baseline, any that breaks fails.
Live: the lower end of each interval against `gates.toml`, and the share right in all repeats.

The baseline holds keys (offsets and codes) and no words. It knows outcomes and figures, and nothing of how they came.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from evals.folder import Run
from evals.metrics import BY_NAME
from evals.outcome import Outcome
from evals.summary import Summary
from schemas.extraction import Noun
from service import CallerError

HELD: Final = frozenset({"observation", "section", "document", "problem", "plan", "field"})


class BaselineHead(Noun):
    """Whose outcomes these are; `gold` maps a report to the version and hash of its labels."""

    accepted_on: date
    reason: str
    model: str
    gold: dict[str, tuple[int, str]]


class BaselineRow(Noun):
    """One label or false prediction, as it was accepted."""

    key: str
    right: bool
    strict: bool
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the program does now, on purpose."""

    head: BaselineHead
    rows: Mapping[str, BaselineRow]


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a gate does not hold."""

    key: str
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the gate holds; `notes` are for the reader, `mended` can be kept with `--accept`."""

    findings: tuple[Finding, ...]
    mended: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    judged: int = 0

    @property
    def holds(self) -> bool:
        """No finding."""
        return not self.findings


def baseline_of(run: Run, reason: str, today: date) -> Baseline:
    """The run as a baseline."""
    rows = [_row(one) for one in run.outcomes if one.item in HELD and one.repeat == 0]
    gold = {one.report: (one.gold_version, one.sha256) for one in run.scores}
    head = BaselineHead(accepted_on=today, reason=reason, model=run.record.versions.model, gold=gold)
    return Baseline(head, {one.key: one for one in rows})


def read_baseline(path: Path) -> Baseline:
    """The committed baseline; CallerError where there is none or it is not well formed."""
    try:
        first, *rest = path.read_text(encoding="utf-8").splitlines()
        rows = [BaselineRow.model_validate_json(line) for line in rest]
        return Baseline(BaselineHead.model_validate_json(first), {one.key: one for one in rows})
    except OSError:
        raise CallerError(
            f"There is no baseline {path}; make one with `fazhi-eval gate --accept --reason …`."
        ) from None
    except (ValidationError, ValueError):
        raise CallerError(f"The baseline {path} is not well formed; restore it or accept a new one.") from None


def write_baseline(baseline: Baseline, path: Path) -> None:
    """The head, then one row a label in key order, so that a diff shows what changed."""
    lines = [baseline.head.model_dump_json()]
    for key in sorted(baseline.rows):
        row = baseline.rows[key].model_dump()
        if not row["classes"]:
            del row["classes"]
        lines.append(json.dumps(row, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def note_in_changelog(path: Path, reason: str, broken: int, mended: int) -> None:
    """One line under the first heading of the changelog."""
    line = f"- Accuracy baseline accepted: {reason} ({mended} labels mended, {broken} broken)."
    text = path.read_text(encoding="utf-8") if path.exists() else "# Changelog\n\n## Unreleased\n"
    before, heading, after = text.partition("\n## ")
    title, _, rest = after.partition("\n")
    path.write_text(
        f"{before}{heading or chr(10) + '## '}{title or 'Unreleased'}\n\n{line}\n{rest.lstrip(chr(10))}", "utf-8"
    )


def judge_offline(run: Run, baseline: Baseline) -> Verdict:
    """Label by label. A report without its text is noted; new gold or gold that changed must be accepted on purpose."""
    gold = {one.report: (one.gold_version, one.sha256) for one in run.scores}
    findings = [
        Finding(name, "new gold: accept a baseline that has it" if name not in baseline.head.gold else "gold changed")
        for name, version in gold.items()
        if baseline.head.gold.get(name) != version
    ]
    settled = {name for name, version in gold.items() if baseline.head.gold.get(name) == version}
    now = {one.key: one for one in run.outcomes if one.item in HELD and one.repeat == 0 and one.report in settled}
    mended = []
    for key, is_now in now.items():
        was = baseline.rows.get(key)
        what = _broken(was, is_now)
        if what:
            findings.append(Finding(key, what))
        elif was and ((is_now.right and not was.right) or (is_now.strict and not was.strict)):
            mended.append(key)
    gone = [key for key in baseline.rows if key.partition("/")[0] in settled and key not in now]
    findings += [Finding(key, "label is no longer judged") for key in gone if "/+" not in key]
    mended += [key for key in gone if "/+" in key]
    absent = sorted(set(baseline.head.gold) - set(gold))
    notes = [f"not judged here, their text is not at hand: {', '.join(absent)}"] if absent else []
    if run.record.versions.model.partition("@")[0] != baseline.head.model.partition("@")[0]:
        notes.append(f"the baseline is of {baseline.head.model}, this run of {run.record.versions.model}")
    return Verdict(tuple(findings), tuple(mended), tuple(notes), len(now))


def _broken(was: BaselineRow | None, now: Outcome) -> str | None:
    why = f" ({', '.join(now.classes)})" if now.classes else ""
    if was is None:
        return None if now.right else f"new false prediction{why}"
    if was.right and not now.right:
        return f"was right, is wrong{why}"
    if was.strict and not now.strict:
        return f"was right in every field, is not{why}"
    return None


def judge_live(summaries: Mapping[str, Summary], path: Path) -> Verdict:
    """Thresholds on the end of the interval that hurts; a figure without an interval is judged by itself."""
    findings, judged = [], 0
    for collection, limits in _limits(path).items():
        summary = summaries.get(collection)
        if summary is None:
            findings.append(Finding(collection, "was not run"))
            continue
        for name, limit in limits.items():
            judged += 1
            found = summary.stability if name == "stability" else _hurting_end(summary, name)
            if found is None:
                needs = "needs --repeats" if name == "stability" else "nothing was counted"
                findings.append(Finding(f"{collection}/{name}", needs))
            elif found < limit if _more_is_better(name) else found > limit:
                findings.append(Finding(f"{collection}/{name}", f"{found:.4f} against the limit {limit:g}"))
    return Verdict(tuple(findings), judged=judged)


def _more_is_better(name: str) -> bool:
    return name == "stability" or BY_NAME[name].higher


def _hurting_end(summary: Summary, name: str) -> float | None:
    figure = summary.figures[name]
    if figure.interval is None:
        return figure.value
    return figure.interval.low if BY_NAME[name].higher else figure.interval.high


def _limits(path: Path) -> dict[str, dict[str, float]]:
    try:
        live = tomllib.loads(path.read_text(encoding="utf-8"))["live"]
        limits = {name: {key: float(limit) for key, limit in rows.items()} for name, rows in live.items()}
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        raise CallerError(f"The gates {path} are not well formed: [live.<collection>] with metric = limit.") from None
    unknown = sorted({name for rows in limits.values() for name in rows} - set(BY_NAME) - {"stability"})
    if unknown:
        raise CallerError(f"The gates {path} name unknown metrics: {', '.join(unknown)}.")
    return limits


def _row(one: Outcome) -> BaselineRow:
    return BaselineRow(key=one.key, right=one.right, strict=one.strict, classes=one.classes)


def broken_and_mended(old: Iterable[BaselineRow], new: Sequence[BaselineRow]) -> tuple[int, int]:
    """How many labels a new baseline breaks and mends against the old one."""
    was = {one.key: one.right for one in old}
    now = {one.key: one.right for one in new}
    broken = sum(was.get(key, True) and not right for key, right in now.items())
    return broken, sum(not right and now.get(key, True) for key, right in was.items())
