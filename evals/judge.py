"""
One report judged: two sheets become outcomes, one for each gold label and one for each prediction without a label.

It knows the order and the names of outcomes; what is right is told in the rooms below. It knows nothing of averages.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from evals.facts import Sheet
from evals.judge_facts import judge_facts
from evals.judge_marks import judge_marks
from evals.judge_outline import judge_documents, judge_fields, judge_sections, judge_sentences
from evals.outcome import Lost, Outcome


def judge(
    gold: Sheet, predicted: Sheet, text: str, *, report: str, collection: str = "samples", lost: Lost | None = None
) -> tuple[Outcome, ...]:
    """Every outcome of one report. With an empty `text` there is no context and no `neighbour`."""
    blank = Outcome(
        report=report, collection=collection, item="observation", key="", kind="matched", right=True, strict=True
    )
    fates = lost or Lost()
    found = [
        *judge_facts(gold, predicted, text, blank, fates),
        *judge_sections(gold, predicted, blank),
        *judge_documents(gold, predicted, text, blank),
        *judge_sentences("problem", gold.problems, predicted.problems, text, blank),
        *judge_sentences("plan", gold.plans, predicted.plans, text, blank),
        *judge_fields(gold, predicted, blank),
        *judge_marks(gold, predicted, text, blank, fates),
    ]
    return tuple(_unique(found, report))


def _unique(outcomes: Sequence[Outcome], report: str) -> Iterator[Outcome]:
    """Whole keys, a second of the same name numbered; predictions without a label are named apart from labels."""
    seen: Counter[str] = Counter()
    for one in outcomes:
        side = "+" if one.gold is None else ""
        key = f"{report}/{one.item}/{side}{one.key}"
        seen[key] += 1
        yield one.model_copy(update={"key": key if seen[key] == 1 else f"{key}.{seen[key]}"})
