"""Units side by side."""

from pathlib import Path

import pytest
import typer
from browser import page_without_errors
from made import NAMES, REPORTS, labelled
from playwright.sync_api import Browser
from typer.testing import CliRunner

from schemas.codebook import load_codebook
from schemas.comparison import Comparison
from schemas.extraction import Extraction, Level
from service import pages
from service.cli import dataset as cli_dataset
from service.results.comparison import Comparer

BOOK = load_codebook()


def renamed(extraction: Extraction, place: str, year: int, level: Level = "county") -> Extraction:
    report = extraction.report.model_copy(
        update={"jurisdiction": place, "year": year, "level": level, "issuer": f"{place}人民政府"}
    )
    return extraction.model_copy(update={"report": report})


def compared(*reports: tuple[Extraction, str], indicators: tuple[str, ...] = (), **only: object) -> Comparison:
    comparer = Comparer(BOOK)
    for extraction, text in reports:
        comparer.add(extraction, text, "page.html")
    return comparer.compare(indicators, **only)  # type: ignore[arg-type]


def every() -> list[tuple[Extraction, str]]:
    return [labelled(name) for name in NAMES]


def test_levels_and_years_units_and_bases_never_share_an_axis() -> None:
    found = compared(*every(), indicators=tuple(BOOK.indicators))
    groups = [group for subject in found.subjects for group in subject.groups]
    assert groups
    for group in groups:
        assert {one.level for one in group.figures} == {group.level}
        assert {one.year for one in group.figures} == {group.year}
        assert {one.unit for one in group.figures} == {group.unit}
        if group.unit == "%":
            assert {one.base_indicator for one in group.figures} == {group.base_indicator}


def test_each_figure_brings_its_sentence_and_the_way_to_it() -> None:
    found = compared(*every())
    for subject in found.subjects:
        for group in subject.groups:
            for one in group.figures:
                assert one.sentence is not None
                assert one.quote in one.sentence
                assert (one.link or "").startswith("page.html#o")


def test_a_unit_over_the_years_is_a_series_and_two_figures_in_a_year_are_none() -> None:
    extraction, text = labelled("qitong-2023")
    found = compared(
        (renamed(extraction, "甲县", 2022), text),
        (renamed(extraction, "甲县", 2023), text),
        indicators=tuple(BOOK.indicators),
    )
    series = [one for subject in found.subjects for one in subject.series]
    assert series
    for one in series:
        assert [figure.year for figure in one.figures] == [2022, 2023]


def test_who_is_missing_is_told_with_the_reason() -> None:
    sure, text = labelled("shilu-2022")
    unsure, other = labelled("shilu-2022", doubtful=1)
    found = compared(
        (renamed(sure, "甲县", 2022), text), (renamed(unsure, "乙县", 2022), other), indicators=("legislation.other",)
    )
    (absence,) = found.subjects[0].absences
    assert dict(absence.whose) == {"甲县": "not_reported", "乙县": "unknown"}


def test_level_and_year_choose() -> None:
    found = compared(*every(), level="county", year=2023)
    assert {(one.level, one.year) for one in found.duties} == {("county", 2023)}


def page_of(tmp_path: Path) -> tuple[str, Comparison]:
    county, text = labelled("wudu-2024")
    reports = [
        *every(),
        *((renamed(county, f"{name}县", 2024), text) for name in "甲乙丙"),
        (renamed(county, "梧渡县", 2023), text),
    ]
    found = compared(*reports)
    pages.write_compare(tmp_path / "compare.html", found, BOOK)
    return (tmp_path / "compare.html").as_uri(), found


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_page_opens_sentences_and_filters(browser: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    address, found = page_of(tmp_path)
    with page_without_errors(browser, viewport={"width": width, "height": 900}, color_scheme=scheme) as page:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        figure = page.locator("details.figure").first
        figure.locator("summary").click()
        assert figure.locator("blockquote mark").is_visible()
        assert figure.locator("a").get_attribute("href", timeout=1000)
        page.select_option("#level", "county")
        assert page.locator(".group:visible").count() == page.locator('.group[data-level="county"]:visible').count() > 0
        page.click(f'.chip[data-subject="{found.subjects[0].indicator}"]')
        assert page.locator(f'.subject[data-subject="{found.subjects[0].indicator}"]').is_hidden()
        assert page.locator("#duties tbody tr:visible").count() == sum(one.level == "county" for one in found.duties)
        page.click("#language")
        assert "side by side" in page.inner_text("h1")


def test_different_bases_are_told_and_lines_are_drawn(browser: Browser, tmp_path: Path) -> None:
    address, found = page_of(tmp_path)
    with page_without_errors(browser) as page:
        page.goto(address)
        assert page.locator("svg.line").count() == sum(len(subject.series) for subject in found.subjects) > 0
        rates = page.locator(".group h3 small", has_text="%")
        for at in range(rates.count()):
            assert "基数" in (rates.nth(at).text_content() or "")


def test_hostile_names_stay_words(browser: Browser, tmp_path: Path) -> None:
    extraction, text = labelled("shilu-2022")
    evil = "<img src=x onerror=alert(1)></script>{{7*7}}\u202e"
    a, b = renamed(extraction, evil, 2022), renamed(extraction, evil, 2023)
    pages.write_compare(tmp_path / "c.html", compared((a, text), (b, text)), BOOK)
    with page_without_errors(browser) as page:
        page.goto((tmp_path / "c.html").as_uri())
        assert page.locator("img").count() == 0
        assert "\u202e" not in page.inner_text("body")


def test_the_command_writes_a_page_that_links_evidence_and_prints_tables(tmp_path: Path) -> None:
    for name in NAMES[:4]:
        extraction, text = labelled(name)
        path = tmp_path / f"{name}.json"
        path.write_text(extraction.model_dump_json(), "utf-8")
        pages.write_evidence(path, extraction, text, BOOK)
    app, run = typer.Typer(), CliRunner()
    app.command()(cli_dataset.compare)
    app.command()(cli_dataset.dataset)
    arguments = ["compare", str(tmp_path), "-t", str(REPORTS)]
    assert run.invoke(app, [*arguments, "-o", str(tmp_path / "c.html")]).exit_code == 0
    assert 'href="lanpu-2022.html' in (tmp_path / "c.html").read_text("utf-8")
    printed = run.invoke(app, [*arguments, "-i", "administrative_review.applications"])
    assert "1,216件" in printed.output
    assert "without a sentence" not in printed.output
    assert "without a sentence" in run.invoke(app, ["compare", str(tmp_path)]).output
    assert run.invoke(app, [*arguments, "-i", "made.up"]).exit_code != 0


def test_two_figures_of_one_unit_say_of_what_each_is(tmp_path: Path) -> None:
    extraction, _ = labelled("lanpu-2022")
    (tmp_path / "r.json").write_text(extraction.model_dump_json(), "utf-8")
    app = typer.Typer()
    app.command()(cli_dataset.compare)
    said = CliRunner().invoke(app, [str(tmp_path), "-i", "administrative_review.suggestions"], env={"COLUMNS": "200"})
    for value, of_what in (("32份", "制发行政复议意见书"), ("15份", "制发行政复议建议书")):
        assert any(value in line and of_what in line for line in said.output.splitlines())


def test_a_page_beside_a_result_is_linked_whatever_its_name(tmp_path: Path) -> None:
    extraction, text = labelled("lanpu-2022")
    for number in range(2):
        path = tmp_path / f"http:#{number}?.json"
        again = renamed(extraction, f"岚浦{number}", 2022)
        path.write_text(again.model_dump_json(), "utf-8")
        pages.write_evidence(path, again, text, BOOK)
    app = typer.Typer()
    app.command()(cli_dataset.compare)
    CliRunner().invoke(app, [str(tmp_path), "-o", str(tmp_path / "c.html")])
    assert 'href="http%3A%230%3F.html#o' in (tmp_path / "c.html").read_text("utf-8")
