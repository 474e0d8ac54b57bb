"""
Marks written in Arabic digits, for which gold is complete: was each rightly observed or rightly set aside?

It knows overlaps with gold, and nothing of indicators or values.
"""

import re
from collections.abc import Iterator
from typing import Final

from evals.facts import Extent, Sheet
from evals.outcome import Lost, Outcome, placed
from evals.places import Places

_DIGIT: Final = re.compile(r"[0-9０-９]")


def judge_marks(gold: Sheet, predicted: Sheet, text: str, blank: Outcome, lost: Lost) -> Iterator[Outcome]:
    """One outcome for each predicted mark with a digit that some gold label touches."""
    fates = lost.fates | {(one.start, one.end): "observed" for one in predicted.facts}
    reasons = {(one.start, one.end): one.why for one in predicted.set_aside}
    facts = Places([(one.start, one.end) for one in gold.facts])
    asides = Places([(one.start, one.end) for one in gold.set_aside])
    why_of = {(one.start, one.end): one.why for one in gold.set_aside}
    for (start, end), fate in sorted(fates.items()):
        if not _DIGIT.search(text[start:end]):
            continue
        here = Extent(start, end)
        fact, _ = facts.largest_overlap(here)
        aside, at = asides.largest_overlap(here)
        if not fact and not aside:
            continue
        why = why_of.get(at, "")
        truth = "observed" if fact >= aside else "set_aside"
        said = "observed" if fate == "observed" else "set_aside" if fate.startswith("set_aside") else "unread"
        right = truth == said
        same_why = right and truth == "set_aside" and reasons.get((start, end)) == why
        yield placed(blank, "set_aside", here, text).model_copy(
            update={
                "right": right,
                "strict": right,
                "classes": () if right else (f"{said}_for_{truth}",),
                "agree": ("why",) if same_why else (),
                "gold": {"is": truth, "why": why if truth == "set_aside" else None},
                "predicted": {"is": fate, "why": reasons.get((start, end))},
            }
        )
