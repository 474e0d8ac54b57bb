"""
A run and a comparison as Markdown, for a pull request or a step summary.

It knows tables of text and nothing of how figures came about.
"""

from collections.abc import Iterable, Sequence

from evals.compare import Difference
from evals.figures import between, f1_of, written, written_mean
from evals.folder import Run
from evals.gate import Verdict
from evals.metrics import BY_NAME
from evals.outcome import Outcome
from evals.stats import Comparison
from evals.summary import Summary
from evals.targets import TARGETS, is_met, limit_of

MOST_ERRORS = 40
SHOWN = (
    "observation_f1", "strict_f1", "detection_f1", "indicator_right", "value_unit_qualifier", "span_exact",
    "correction_cost", "set_aside_accuracy", "sections_f1", "section_path", "documents_f1", "documents_strict_f1",
    "problems_f1", "plans_f1", "report_fields", "unsupported_rate", "unread_rate", "marks_per_gold",
)  # fmt: skip


def run_markdown(run: Run) -> str:
    """The whole run."""
    record = run.record
    versions = record.versions
    lines = [
        f"# Accuracy: {_text(record.label)}",
        "",
        f"Model `{versions.model}`, prompt `{versions.prompt}`, codebook `{versions.codebook}`, splitter "
        f"`{versions.splitter}`, scanner `{versions.scanner}`; {record.created_at:%Y-%m-%d %H:%M} UTC, "
        f"{record.repeats} repeat(s), {record.seconds:.1f} s.",
    ]
    if record.cassette:
        stale = " **Stale: the prompt has changed since.**" if record.cassette.stale else ""
        day = record.cassette.recorded_at.date().isoformat() if record.cassette.recorded_at else "an unknown day"
        lines += [
            "",
            f"Recorded replies of `{record.cassette.model}`, {day}, prompt `{record.cassette.prompt}`.{stale}",
        ]
    for summary in run.summaries().values():
        lines += ["", *_collection(summary, run.outcomes)]
    if record.absent:
        lines += ["", f"Not judged, their text is not here: {', '.join(record.absent)}."]
    return "\n".join(lines) + "\n"


def _collection(summary: Summary, outcomes: Sequence[Outcome]) -> Iterable[str]:
    yield f"## {summary.collection}: {summary.reports} reports, {summary.gold_observations} gold observations"
    yield ""
    yield "| metric | value | 95 % interval by report | mean of reports | n | target |"
    yield "|---|--:|--:|--:|--:|--:|"
    limits = {one.metric: one for one in TARGETS}
    for name in SHOWN:
        figure = summary.figures[name]
        target = limits.get(name)
        aim = ""
        if target:
            limit = limit_of(target, summary)
            met = is_met(target, figure, limit)
            sign, verdict = "≥" if target.bound == "at least" else "≤", {True: "✓", False: "✗", None: ""}[met]
            aim = f"{sign} {limit:g} {verdict}"
        cells = (
            BY_NAME[name].label,
            written(figure),
            between(figure),
            written_mean(figure),
            str(figure.denominator),
            aim,
        )
        yield f"| {' | '.join(cells)} |"
    if summary.stability is not None:
        yield f"| right in all repeats | {summary.stability:.4f} | | | {summary.gold_observations} | |"
    yield ""
    yield "| error class | n |"
    yield "|---|--:|"
    for kind, times in summary.classes.items():
        yield f"| {kind} | {times} |"
    for why, times in summary.lost.items():
        yield f"| missed: {why} | {times} |"
    yield ""
    yield "| topic | gold | right | F1 |"
    yield "|---|--:|--:|--:|"
    for one in sorted(summary.slices["topic"], key=lambda one: (one.f1 or 0.0, one.name)):
        yield f"| {one.name} | {one.gold} | {one.right} | {f1_of(one)} |"
    wrong = [
        one
        for one in outcomes
        if one.collection == summary.collection and one.item == "observation" and not one.right and one.repeat == 0
    ]
    yield ""
    yield f"<details><summary>{len(wrong)} wrong observations</summary>"
    yield ""
    for case in wrong[:MOST_ERRORS]:
        yield f"- `{case.key}` {', '.join(case.classes)}{_said(case)}"
    if len(wrong) > MOST_ERRORS:
        yield f"- … and {len(wrong) - MOST_ERRORS} more in outcomes.jsonl"
    yield ""
    yield "</details>"


def _said(one: Outcome) -> str:
    if one.gold and one.predicted:
        names = ("value", "unit", "qualifier", "indicator")
        differing = [name for name in names if one.gold[name] != one.predicted[name]]
        return ": " + "; ".join(f"{name} {_text(one.gold[name])} → {_text(one.predicted[name])}" for name in differing)
    return f" ({one.lost})" if one.lost else ""


def comparison_markdown(found: Iterable[Difference], a: str, b: str) -> str:
    """B against A."""
    lines = [f"# {_text(a)} → {_text(b)}"]
    for one in found:
        lines += ["", f"## {one.collection}: {one.reports} reports", ""]
        lines += ["| metric | difference | 95 % interval | p | smallest detectable |", "|---|--:|--:|--:|--:|"]
        for name, comparison in one.metrics.items():
            if comparison is not None:
                lines.append(f"| {BY_NAME[name].label} | {' | '.join(comparison_cells(name, comparison))} |")
        lines += ["", f"Mended {len(one.mended)}, broken {len(one.broken)}."]
        for title, changes in (("broken", one.broken), ("mended", one.mended)):
            if changes:
                lines += ["", f"<details><summary>{title}: {len(changes)}</summary>", ""]
                lines += [f"- `{change.key}` {', '.join(change.after or change.before)}" for change in changes]
                lines += ["", "</details>"]
        lines += ["", "| topic | gold | before | after |", "|---|--:|--:|--:|"]
        lines += [f"| {row.topic} | {row.gold} | {row.before:.3f} | {row.after:.3f} |" for row in one.topics]
        if one.left_out:
            lines += ["", f"Left out, other gold: {', '.join(one.left_out)}."]
    return "\n".join(lines) + "\n"


def comparison_cells(name: str, one: Comparison) -> tuple[str, str, str, str]:
    """Difference, interval, p and detectable difference as text."""
    times = 100 if BY_NAME[name].form == "per_100" else 1
    between_ends = "–"
    if one.low is not None and one.high is not None:
        between_ends = f"{times * one.low:+.4f} to {times * one.high:+.4f}"
    p = "–" if one.p is None else f"{one.p:.3f}"
    least = "–" if one.detectable is None else f"{times * one.detectable:.4f}"
    return f"{times * one.difference:+.4f}", between_ends, p, least


def verdict_markdown(verdict: Verdict) -> str:
    """A gate's verdict."""
    lines = [f"# Gate: {'holds' if verdict.holds else 'BROKEN'}", "", f"{verdict.judged} judged."]
    lines += [f"- `{one.key}`: {one.what}" for one in verdict.findings]
    if verdict.mended:
        lines.append(f"- {len(verdict.mended)} mended; keep them with `fazhi-eval gate --accept --reason …`")
    lines += [f"- {note}" for note in verdict.notes]
    return "\n".join(lines) + "\n"


def _text(value: object) -> str:
    """Fit for a table cell: nothing that Markdown would read as its own."""
    shown = str(value).replace("\n", " ")
    for mark in ("\\", "|", "`", "<", "[", "*", "_"):
        shown = shown.replace(mark, "\\" + mark if mark != "<" else "&lt;")
    return shown
