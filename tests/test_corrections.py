"""What people say of a result: checked, kept, and exported as gold that passes the lint."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from browser import page_without_errors
from made import REPORTS, labelled
from playwright.sync_api import Browser, Page

from evals.cases import Case
from evals.gold import GoldReport
from evals.lint import lint
from schemas.codebook import load_codebook
from schemas.corrections import Accepted, Added, Corrected, Corrections, Rejected
from schemas.extraction import Extraction
from service import CallerError, load_text, pages
from service.results.corrections import to_gold, verify

BOOK = load_codebook()
NAME = "shilu-2022"


def faults(gold: dict[str, Any]) -> list[str]:
    data = (REPORTS / f"{NAME}.txt").read_bytes()
    loaded = load_text(data, name=f"{NAME}.txt", max_bytes=10**7, max_characters=10**6)
    case = Case(GoldReport.model_validate(gold), loaded, "samples")
    return [f"{one.rule} {one.where} {one.what}" for one in lint(case, BOOK) if one.severe]


def corrected(extraction: Extraction, *verdicts: Any) -> Corrections:
    return Corrections(sha256=extraction.report.sha256, verdicts=verdicts)


def added(extraction: Extraction, text: str, **changes: Any) -> Added:
    at = text.index("二十大")
    one = Added(
        id=f"o{at}-{at + 3}", origin="set_aside", start=at, end=at + 3, quote="二十大", value="21", value_to=None,
        unit="大", qualifier="exact", indicator="leadership.meetings", name="会议", aspect=None, part_of=None, area=None,
        period=None,
    )  # fmt: skip
    return one.model_copy(update=changes)


def test_gold_holds_what_was_judged_and_passes_the_lint() -> None:
    extraction, text = labelled(NAME)
    first, second, third, *rest = extraction.observations
    said = corrected(
        extraction,
        Accepted(observation=first.id),
        Corrected(
            observation=second.id, indicator="training.sessions", name="讲课", aspect="cumulative", part_of=first.id,
            area=None, period=None,
        ),
        Rejected(observation=third.id, why="name"),
        *(Accepted(observation=one.id) for one in rest),
    )  # fmt: skip
    verify(said, extraction, text, BOOK)
    gold = to_gold(extraction, said, BOOK, date(2026, 11, 22))
    assert faults(gold) == []
    assert len(gold["observations"]) == len(extraction.observations) - 1
    assert gold["observations"][1]["indicator"] == "training.sessions"
    assert gold["observations"][1]["part_of"] == first.start
    assert {"start": third.start, "end": third.end, "surface": third.quote, "why": "name"} in gold["set_aside"]
    assert set(gold["topics"]) == {one.topic for one in BOOK.indicators.values()}


def test_what_nobody_judged_is_no_gold_and_its_topic_is_not_complete() -> None:
    extraction, _ = labelled(NAME)
    first = extraction.observations[0]
    gold = to_gold(extraction, corrected(extraction, Accepted(observation=first.id)), BOOK, date(2026, 11, 22))
    assert [one["start"] for one in gold["observations"]] == [first.start]
    assert "enforcement" not in gold["topics"]
    assert "emergency" not in gold["topics"]
    assert "legislation" in gold["topics"]


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (lambda e, t: Accepted(observation="o1-2"), "no observation"),
        (lambda e, t: added(e, t, indicator="made.up"), "codebook"),
        (lambda e, t: added(e, t, part_of="o1-2"), "does not stand"),
        (lambda e, t: added(e, t, quote="十九大"), "does not stand at its place"),
        (lambda e, t: added(e, t, id="o1-4"), "cannot have the id"),
        (lambda e, t: added(e, t, area="火星"), "word for word"),
        (lambda e, t: added(e, t), "reads"),
    ],
)
def test_a_verdict_that_does_not_fit_the_result_is_refused(wrong: Callable[[Extraction, str], Any], word: str) -> None:
    extraction, text = labelled(NAME)
    with pytest.raises(CallerError, match=word):
        verify(corrected(extraction, wrong(extraction, text)), extraction, text, BOOK)


def test_two_verdicts_on_one_number_and_those_of_another_text_are_refused() -> None:
    extraction, text = labelled(NAME)
    one = Accepted(observation=extraction.observations[0].id)
    with pytest.raises(CallerError, match="two verdicts"):
        verify(corrected(extraction, one, one), extraction, text, BOOK)
    with pytest.raises(CallerError, match="another text"):
        verify(Corrections(sha256="0" * 64), extraction, text, BOOK)


def open_for_review(page: Page, tmp_path: Path, *, missed: str | None = None) -> tuple[Extraction, str]:
    extraction, text = labelled(NAME, unread=1, doubtful=2)
    seen = tuple(one for one in extraction.observations if one.quote != missed)
    extraction = extraction.model_copy(update={"observations": seen})
    page.goto(pages.write_evidence(tmp_path / "a.json", extraction, text, BOOK).as_uri())
    page.click("#review")
    return extraction, text


def save_form(page: Page, code: str, **fields: str) -> None:
    page.fill("#card input[type=search]", code)
    page.select_option("#card select[size]", code)
    for label, value in fields.items():
        page.locator(
            f"#card label:has(span[data-t=f_{label}]) input, #card label:has(span[data-t=f_{label}]) select"
        ).first.fill(value)
    page.click("#card form .strong")


def download(page: Page, button: str) -> dict[str, Any]:
    with page.expect_download() as info:
        page.click(button)
    return json.loads(Path(info.value.path()).read_text("utf-8"))


def test_a_person_corrects_in_the_page_and_the_gold_file_passes_the_lint(browser: Browser, tmp_path: Path) -> None:
    with page_without_errors(browser) as page:
        extraction, text = open_for_review(page, tmp_path)
        first, second, third = extraction.observations[:3]
        page.fill("#annotator", "审校人")
        page.click(f"#r-{first.id}")
        page.keyboard.press("a")
        page.click(f"#r-{second.id}")
        page.keyboard.press("e")
        save_form(page, "training.law_courses")
        assert "corrected" in (page.get_attribute(f"#r-{second.id}", "class") or "")
        page.click(f"#r-{third.id}")
        page.keyboard.press("x")
        page.select_option("#card select", "rhetoric")
        lost = extraction.unread[0]
        page.click(f"#u{lost.start}-{lost.end}")
        page.click("#card .strong")
        save_form(page, "training.party_group_study")
        page.click("#accept-rest")
        assert page.text_content("#judged") == str(len(extraction.observations))
        gold = download(page, "#get-gold")
        kept = Corrections.model_validate(download(page, "#get-corrections"))
    assert faults(gold) == []
    assert gold["annotator"] == "审校人"
    by_start = {one["start"]: one for one in gold["observations"]}
    assert by_start[second.start]["indicator"] == "training.law_courses"
    assert by_start[lost.start]["indicator"] == "training.party_group_study"
    assert by_start[lost.start]["value"] == "5"
    assert third.start not in by_start
    verify(kept, extraction, text, BOOK)
    ours = to_gold(extraction, kept, BOOK, date.fromisoformat(gold["labelled_on"]))
    assert ours == gold  # the browser and the service export the same file


def test_a_missed_number_is_added_by_selecting_it(browser: Browser, tmp_path: Path) -> None:
    with page_without_errors(browser) as page:
        extraction, text = open_for_review(page, tmp_path, missed="三百余次")
        free = text.index("三百余次")
        assert page.locator(".offer").is_hidden()
        page.evaluate(
            "([a, b]) => { const r = rangeFor(a, b); function rangeFor(a, b) {"
            " const line = [...document.querySelectorAll('[data-s]')].filter(p => Number(p.dataset.s) <= a).at(-1);"
            " const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT); let left = a - Number(line.dataset.s);"
            " for (let n = walk.nextNode(); n; n = walk.nextNode()) { if (left + b - a <= n.data.length) {"
            " const r = document.createRange(); r.setStart(n, left); r.setEnd(n, left + b - a); return r; } left -= n.data.length; } }"
            " const s = getSelection(); s.removeAllRanges(); s.addRange(r); }",
            [free, free + 4],
        )
        page.click(".offer")
        save_form(page, "training.sessions", name="补上的")
        kept = Corrections.model_validate(download(page, "#get-corrections"))
        page.reload()
        page.click("#review")
        assert page.locator("#added .tr").count() == 1  # kept in the browser
    (one,) = kept.verdicts
    assert isinstance(one, Added)
    assert (one.value, one.unit, one.qualifier) == ("300", "次", "more_than")
    assert (one.start, one.end, one.quote) == (free, free + 4, "三百余次")
    verify(kept, extraction, text, BOOK)


def test_reviewing_never_changes_the_result(browser: Browser, tmp_path: Path) -> None:
    with page_without_errors(browser) as page:
        extraction, _ = open_for_review(page, tmp_path)
        page.click("#accept-rest")
        page.click(f"#r-{extraction.observations[0].id}")
        page.keyboard.press("x")
        assert Extraction.model_validate(download(page, "#get-json")) == extraction


@pytest.mark.parametrize(
    ("surface", "value", "unit", "qualifier"),
    [
        ("26.2万元", "262000", "元", "exact"),
        ("20余次", "20", "次", "more_than"),
        ("近200件", "200", "件", "about"),
        ("百分之九十七", "97", "%", "exact"),
        ("十三个", "13", "个", "exact"),
        ("1,216 件", "1216", "件", "exact"),
        ("98%以上", "98", "%", "more_than"),
        ("两名", "2", "名", "exact"),
        ("不少于3次", "3", "次", "more_than"),
    ],
)
def test_the_first_guess_at_a_selected_number_is_what_the_reader_reads(
    browser: Browser, surface: str, value: str, unit: str, qualifier: str
) -> None:
    script = (Path(pages.__file__).parent / "numbers.js").read_text("utf-8")
    with page_without_errors(browser) as page:
        assert page.evaluate(f"(s) => {{ {script}; return readNumber(s); }}", surface) == [value, None, unit, qualifier]
