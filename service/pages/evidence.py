"""
The evidence page: one report, its text and what was read of it, side by side, in one file.

It knows the result contract and what a reader looks for; layout is in `evidence.html`, behaviour in `evidence.js`
(looking) and `card.js`, `correct.js`, `editor.js`, `gold.js` (judging). It knows nothing of jobs but the address under which corrections are kept.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from markupsafe import escape

from schemas.codebook import Codebook
from schemas.extraction import Extraction, Observation, Section
from service.pages.frame import assets, embed, render, replaced
from service.pages.layers import Dressed, Layer, chunks, paragraphs
from service.pages.words import Language, Speaker, figure, label, topic_numbers, words
from service.text.quantity import read

STYLES: Final = ("base.css", "evidence.css", "panel.css", "card.css", "print.css")
SCRIPTS: Final = (
    "base.js",
    "evidence.js",
    "downloads.js",
    "numbers.js",
    "card.js",
    "correct.js",
    "editor.js",
    "gold.js",
)
ROWS: Final = 40  # rows of the table that are laid out together
_LONG: Final = 14  # characters of a number that may be broken over lines
_DEEPEST: Final = 3  # levels of headings in the outline beside the text


def evidence_html(
    extraction: Extraction, text: str, codebook: Codebook, *, job: str | None = None, language: Language = "zh"
) -> str:
    """
    The page. `text` is the loaded text that offsets refer to.

    `job` is the address of the job (`/v1/extractions/{id}`) where the page is served from it: corrections are then kept
    there, else in the browser.
    """
    speaker = Speaker("evidence", language)
    topics = topic_numbers(codebook)
    used = Counter(one.topic for one in extraction.observations)
    rows = [_row(one, codebook, topics) for one in extraction.observations]
    ready = assets(STYLES, SCRIPTS)
    return render(
        "evidence.html",
        assets=ready,
        say=speaker,
        report=extraction.report,
        extraction=extraction,
        home="/" if job else None,
        chunks=list(
            chunks(paragraphs(text, _layers(extraction, text, topics), [one.start for one in extraction.sections]))
        ),
        outline=list(_outline(extraction)),
        rows=[rows[at : at + ROWS] for at in range(0, len(rows), ROWS)],
        topics=[(topic, topics.get(topic, 0), count) for topic, count in used.most_common()],
        flags=Counter(flag for one in extraction.observations for flag in one.flags).most_common(),
        observations={one.id: one for one in extraction.observations},
        figure=figure,
        parts_found=sum(bool(one.found) for one in extraction.audit.compliance if one.part != "published_by_1_april"),
        holding=Counter(one.holds for one in extraction.audit.checks),
        doubtful=sum(one.doubt for one in extraction.set_aside),
        known_topics=topics,
        anchors={one.start: f"t{one.start}" for one in (*extraction.problems, *extraction.plans)}
        | {one.start: one.id for one in extraction.sections},
        data=embed(_data(extraction, text, codebook, topics, job)),
    )


def evidence_policy() -> str:
    """The content security policy for a response that carries an evidence page."""
    return assets(STYLES, SCRIPTS).policy + "; frame-ancestors 'none'"


def _row(one: Observation, codebook: Codebook, topics: dict[str, int]) -> dict[str, object]:
    return {
        "one": one,
        "topic": topics.get(one.topic, 0),
        "label": label(codebook, one.indicator),
        "figure": figure(one),
    }


def _outline(extraction: Extraction) -> Iterator[tuple[Section, int, int]]:
    """Sections with a heading, their depth, and the observations inside them."""
    counts = Counter(one.section for one in extraction.observations)
    inside: dict[str, int] = {}
    open_sections: list[Section] = []
    for one in extraction.sections:
        while open_sections and open_sections[-1].end <= one.start:
            open_sections.pop()
        open_sections.append(one)
        for outer in open_sections:
            inside[outer.id] = inside.get(outer.id, 0) + counts[one.id]
    for one in extraction.sections:
        if one.heading and len(one.path) <= _DEEPEST:
            yield one, min(len(one.path), _DEEPEST), inside[one.id]


def _layers(extraction: Extraction, text: str, topics: dict[str, int]) -> tuple[Layer, ...]:
    return (
        Layer(list(_headings(extraction, text))),
        Layer(list(_statements(extraction))),
        Layer([_tagged(one.start, one.end, "cite", f"d{one.start}", "doc") for one in extraction.documents]),
        Layer(list(_marks(extraction, topics))),
    )


def _headings(extraction: Extraction, text: str) -> Iterator[Dressed]:
    for one in extraction.sections:
        heading = one.heading or ""
        found = text.find(heading, one.start, one.start + len(heading) + 16) if heading else -1
        end = found + len(heading) if found >= 0 else one.start + 1
        kind = f"hd h{min(len(one.path), 4) or 1}" if found >= 0 else "at"
        yield _tagged(one.start, min(end, len(text)), "span", f"{escape(one.id)}", kind)


def _statements(extraction: Extraction) -> Iterator[Dressed]:
    problems = {(one.start, one.end) for one in extraction.problems}
    plans = {(one.start, one.end) for one in extraction.plans}
    for start, end in problems | plans:
        kinds = [kind for kind, spans in (("problem", problems), ("plan", plans)) if (start, end) in spans]
        yield _tagged(start, end, "span", f"t{start}", " ".join(("st", *kinds)))


def _marks(extraction: Extraction, topics: dict[str, int]) -> Iterator[Dressed]:
    at: dict[tuple[int, int], list[Observation]] = {}
    for one in extraction.observations:
        at.setdefault((one.start, one.end), []).append(one)
    for (start, end), ones in at.items():
        signs = (("two", len(ones) > 1), ("fl", any(one.flags for one in ones)), ("long", end - start > _LONG))
        kind = " ".join((f"ob c{topics.get(ones[0].topic, 0)}", *(sign for sign, holds in signs if holds)))
        yield _linked(start, end, "o", ones[0].id, kind)
    for aside in extraction.set_aside:
        yield _linked(aside.start, aside.end, "s", f"s{aside.start}-{aside.end}", "sa dbt" if aside.doubt else "sa")
    for unread in extraction.unread:
        yield _linked(unread.start, unread.end, "u", f"u{unread.start}-{unread.end}", "un")


def _tagged(start: int, end: int, tag: str, name: str, kind: str) -> Dressed:
    return Dressed(start, end, f'<{tag} id="{name}" class="{kind}">', f'<{tag} class="{kind}">', f"</{tag}>")


def _linked(start: int, end: int, letter: str, name: str, kind: str) -> Dressed:
    """A link from the number to its row; numbers without a row become buttons when somebody corrects (`correct.js`)."""
    name = str(escape(name))
    if letter == "o":
        return Dressed(
            start,
            end,
            f'<a id="{name}" class="{kind}" href="#r-{name}">',
            f'<a class="{kind}" href="#r-{name}">',
            "</a>",
        )
    return Dressed(start, end, f'<span id="{name}" class="{kind}">', f'<span class="{kind}">', "</span>")


def _data(
    extraction: Extraction, text: str, codebook: Codebook, topics: dict[str, int], job: str | None
) -> dict[str, object]:
    """What the page's script works on: the result, the codebook, and what each number that is no observation would say."""
    readings: dict[str, list[str | None]] = {}
    spans = [(one.start, one.end) for one in extraction.set_aside] + [(one.start, one.end) for one in extraction.unread]
    for start, end in spans:
        quantity = read(text, start, end)
        if quantity is not None:
            upper = None if quantity.value_to is None else format(quantity.value_to, "f")
            readings[f"{start}-{end}"] = [format(quantity.value, "f"), upper, quantity.unit, quantity.qualifier]
    whole = extraction.model_dump(mode="json")
    return {
        "extraction": whole | {"observations": None},
        "fields": list(Observation.model_fields),  # said once, not for each observation
        "observations": [list(one.values()) for one in whole["observations"]],
        "codebook": codebook.version,
        "indicators": [
            [one.code, one.label_zh, one.definition_zh, topics[one.topic]] for one in codebook.indicators.values()
        ],
        "readings": readings,
        "replaced": replaced(text),
        "job": job,
        "words": words("evidence"),
    }
