"""
Sections, documents, sentences and report fields judged.

It knows what is right for each of them, and nothing of observations or averages.
"""

from collections.abc import Iterator, Sequence

from evals.facts import Extent, Sheet, Titled, path_key
from evals.gold import Seal, plain, same_words
from evals.match import match_spans
from evals.outcome import Cell, Item, Outcome, placed, unlabelled, word


def judge_sections(gold: Sheet, predicted: Sheet, blank: Outcome) -> Iterator[Outcome]:
    """By the start of the mark; strictly right with the right path."""
    said = {one.start: one for one in predicted.headings}
    for one in gold.headings:
        other = said.pop(one.start, None)
        path = "/".join(one.path)
        update: dict[str, object] = {"item": "section", "key": f"{one.start}"}
        update["gold"] = {"path": path, "start": one.start}
        if other is None:
            update |= {"kind": "missed", "right": False, "strict": False, "classes": ("missed",)}
        else:
            same_path = path_key(one.path) == path_key(other.path)
            words = _same_heading(one.heading, other.heading)
            update |= {
                "strict": same_path,
                "classes": () if same_path else ("wrong_path",),
                "agree": tuple(name for name, agrees in (("path", same_path), ("heading", words)) if agrees),
                "predicted": {"path": "/".join(other.path), "start": other.start},
            }
        yield blank.model_copy(update=update)
    for other in said.values():
        row: dict[str, Cell] = {"path": "/".join(other.path), "start": other.start}
        yield unlabelled(blank, "section", f"{other.start}", row)


def _same_heading(gold: str | Seal | None, said: str | Seal | None) -> bool:
    if isinstance(gold, str) and isinstance(said, str):
        return plain(gold).rstrip("。.:：;；,，") == plain(said).rstrip("。.:：;；,，")
    return same_words(gold, said)


def judge_documents(gold: Sheet, predicted: Sheet, text: str, blank: Outcome) -> Iterator[Outcome]:
    """Paired by title: first those at the same place, then the rest in text order."""
    left = list(predicted.documents)
    pairs: dict[int, Titled] = {}
    for same_place in (True, False):
        for index, one in enumerate(gold.documents):
            fitting = (
                other
                for other in left
                if same_words(one.title, other.title) and (not same_place or other.start == one.start)
            )
            other = None if index in pairs else next(fitting, None)
            if other is not None:
                left.remove(other)
                pairs[index] = other
    for index, one in enumerate(gold.documents):
        at = placed(blank, "document", one, text)
        row: dict[str, Cell] = _title_row(one)
        if index not in pairs:
            wrong = {"kind": "missed", "right": False, "strict": False, "classes": ("missed",)}
            yield at.model_copy(update=wrong | {"gold": row})
            continue
        other = pairs[index]
        number, action = same_words(one.number, other.number), one.action == other.action
        wrongs = (("wrong_number", number), ("wrong_action", action))
        yield at.model_copy(
            update={
                "right": number,
                "strict": number and action,
                "classes": tuple(name for name, agrees in wrongs if not agrees),
                "gold": row,
                "predicted": _title_row(other),
            }
        )
    for other in left:
        at = placed(blank, "document", other, text)
        said: dict[str, Cell] = _title_row(other)
        yield unlabelled(at, "document", at.key, said)


def _title_row(one: Titled) -> dict[str, Cell]:
    title, number = word(one.title), word(one.number)
    return {"start": one.start, "end": one.end, "title": title, "number": number, "action": one.action}


def judge_sentences(
    item: Item, gold: Sequence[Extent], predicted: Sequence[Extent], text: str, blank: Outcome
) -> Iterator[Outcome]:
    """Sentences that state problems or plans, paired by place."""
    matching = match_spans(gold, predicted)
    answered = dict(matching.pairs)
    for row, one in enumerate(gold):
        at = placed(blank, item, one, text)
        other = predicted[answered[row]] if row in answered else None
        exact = other is not None and (other.start, other.end) == (one.start, one.end)
        yield at.model_copy(
            update={
                "kind": "matched" if other else "missed",
                "right": other is not None,
                "strict": exact,
                "classes": () if other else ("missed",),
                "agree": ("span",) if exact else (),
                "gold": {"start": one.start, "end": one.end},
                "predicted": {"start": other.start, "end": other.end} if other else None,
            }
        )
    for column in (*matching.spurious, *matching.duplicates):
        other = predicted[column]
        at = placed(blank, item, other, text)
        yield unlabelled(at, item, at.key, {"start": other.start, "end": other.end})


def judge_fields(gold: Sheet, predicted: Sheet, blank: Outcome) -> Iterator[Outcome]:
    """Whose report, which year: right, wrong, missed, or filled though the text does not say."""
    for name, truth in gold.fields.items():
        said = predicted.fields[name]
        right = same_words(truth, said)
        wrong = "missed" if said is None else "false_fill" if truth is None else "wrong"
        yield blank.model_copy(
            update={
                "item": "field",
                "key": name,
                "right": right,
                "strict": right,
                "classes": () if right else (wrong,),
                "gold": {name: word(truth)},
                "predicted": {name: word(said)},
            }
        )
