"""The evidence page, as bytes and in a browser."""

import csv
import io
import re
from pathlib import Path

import pytest
from browser import page_without_errors
from made import HOSTILE, labelled
from playwright.sync_api import Browser, Page, expect

from schemas.codebook import load_codebook
from schemas.extraction import Extraction
from service import pages
from service.pages.frame import visible
from service.results import export
from tests.bounded import ends

BOOK = load_codebook()


def written(folder: Path, name: str = "lanpu-2022", **more: int) -> tuple[str, Extraction]:
    extraction, text = labelled(name, **more)
    return pages.write_evidence(folder / f"{name}.json", extraction, text, BOOK).as_uri(), extraction


def swollen(extraction: Extraction, text: str, times: int) -> tuple[Extraction, str]:
    """The report many times over, every offset moved."""

    def moved(ones: tuple, at: int) -> list:  # type: ignore[type-arg]
        shift = at * len(text)
        out = []
        for one in ones:
            update = {"start": one.start + shift, "end": one.end + shift}
            if hasattr(one, "part_of"):
                update |= {"id": f"o{update['start']}-{update['end']}{'.2' if '.2' in one.id else ''}", "part_of": None}
            elif hasattr(one, "path"):
                update["id"] = f"s{at * len(ones) + int(one.id[1:])}"
            out.append(one.model_copy(update=update))
        return out

    fields = ("sections", "observations", "set_aside", "documents", "problems", "plans")
    update = {name: tuple(x for at in range(times) for x in moved(getattr(extraction, name), at)) for name in fields}
    audit = extraction.audit.model_copy(update={"checks": ()})
    return extraction.model_copy(update={**update, "audit": audit}), text * times


def test_every_character_of_the_text_stands_in_the_page_at_its_offset(browser: Browser, tmp_path: Path) -> None:
    extraction, text = labelled("yanchuan-yjglj-2019")
    address = pages.write_evidence(tmp_path / "a.json", extraction, text, BOOK).as_uri()
    with page_without_errors(browser) as page:
        page.goto(address)
        shown = page.evaluate(
            "[...document.querySelectorAll('[data-s]')].map(p => [Number(p.dataset.s), p.textContent])"
        )
        for start, words in shown:
            assert words == visible(text[start : start + len(words)])
        assert sum(len(words.strip()) for _, words in shown) == sum(
            len(line.strip()) for line in re.split("[\r\n]", text)
        )
        for one in extraction.observations:
            assert page.text_content(f"#{one.id.split('.')[0]}".replace(".", "\\.")) == visible(one.quote)


def test_a_number_leads_to_its_row_and_a_row_to_its_number(browser: Browser, tmp_path: Path) -> None:
    address, extraction = written(tmp_path)
    one = extraction.observations[30]
    with page_without_errors(browser) as page:
        page.goto(address)
        page.click(f"#{one.id}")
        assert "now" in (page.get_attribute(f"#r-{one.id}", "class") or "")
        assert page.locator(f"#r-{one.id}").is_visible()
        other = extraction.observations[5]
        page.click(f"#r-{other.id} .n")
        assert "now" in (page.get_attribute(f"#{other.id}", "class") or "")
        page.wait_for_timeout(700)
        assert page.evaluate(
            "id => { const b = document.getElementById(id).getBoundingClientRect(); return b.top > 0 && b.bottom < innerHeight }",
            other.id,
        )
        assert other.name in page.inner_text("#card")


def test_a_keyboard_reaches_numbers_rows_tabs_and_the_card(browser: Browser, tmp_path: Path) -> None:
    address, extraction = written(tmp_path)
    with page_without_errors(browser) as page:
        page.goto(address)
        page.focus(f"#{extraction.observations[0].id}")
        page.keyboard.press("Enter")
        assert page.locator("#card").is_visible()
        page.keyboard.press("j")
        assert page.locator(f"#r-{extraction.observations[1].id}.now").count() == 1
        page.keyboard.press("Escape")
        assert page.locator("#card").is_hidden()
        page.focus("#tab-data")
        page.keyboard.press("ArrowRight")
        assert page.locator("#audit").is_visible()
        assert page.get_attribute("#tab-audit", "aria-selected") == "true"


def test_filters_by_topic_flag_and_words_hide_rows_and_say_how_many_are_left(browser: Browser, tmp_path: Path) -> None:
    address, extraction = written(tmp_path)
    with page_without_errors(browser) as page:
        page.goto(address)
        wanted = sum(one.topic == "legislation" for one in extraction.observations)
        page.click('.chip[data-topic="legislation"]')
        assert page.locator(".tbody .tr:visible").count() == wanted
        assert f"{wanted}／{len(extraction.observations)}" in page.inner_text("#said")
        page.click('.chip[data-topic="legislation"]')
        page.fill("#find", "不予受理")
        assert 0 < page.locator(".tbody .tr:visible").count() < 10
        page.fill("#find", "没有这样的词")
        assert page.locator("#no-rows").is_visible()


def test_unread_doubtful_and_failed_things_are_loud(browser: Browser, tmp_path: Path) -> None:
    address, extraction = written(tmp_path, unread=2, doubtful=3)
    with page_without_errors(browser) as page:
        page.goto(address)
        assert page.locator(".report .un").count() == 2 + 1  # and the legend's
        assert page.locator(".report .sa.dbt").count() == 3 + 1
        assert "2 处未读出" in page.inner_text(".tally")
        page.click("#tab-audit")
        assert page.locator("#audit .checks li").count() == len(extraction.audit.checks)
        page.click("#audit .go.un >> nth=0")
        assert page.locator(".report .un.now").count() == 1


def amend(page: Page, code: str, aspect: str = "") -> None:
    page.keyboard.press("e")
    page.fill("#card input[type=search]", code)
    page.select_option("#card select[size]", code)
    page.locator("#card form select:not([size])").first.select_option(aspect)
    page.click("#card form .strong")


def test_a_correction_shows_at_once_in_row_mark_topics_and_counts(browser: Browser, tmp_path: Path) -> None:
    address, extraction = written(tmp_path)
    first, second = extraction.observations[:2]
    assert (first.topic, second.topic) == ("legislation", "legislation")
    before = sum(one.topic == "legislation" for one in extraction.observations)
    hues = list(dict.fromkeys(one.topic for one in BOOK.indicators.values()))
    with page_without_errors(browser) as page:
        page.goto(address)
        page.click("#review")
        row, mark = page.locator(f"#r-{first.id}"), page.locator(f"#{first.id}")
        old, new = (re.compile(rf"\bc{hues.index(topic)}\b") for topic in ("legislation", "training"))
        expect(row).to_have_class(old)
        row.click()
        amend(page, "training.party_group_study", "cumulative")
        for place in (row, mark):
            expect(place).to_have_class(new)
            expect(place).not_to_have_class(old)
        expect(row.locator(".n b")).to_have_text(BOOK.indicators["training.party_group_study"].label_zh)
        expect(row.locator(".s")).to_have_text("累计")
        expect(row.locator(".f")).to_have_text("已更正")
        expect(page.locator('.chip[data-topic="training"]')).to_have_text("学法培训 1")
        expect(page.locator('.chip[data-topic="legislation"] b')).to_have_text(str(before - 1))
        expect(page.locator("#by-kind")).to_have_text("已更正 1")
        page.click('.chip[data-topic="training"]')
        expect(page.locator(".tbody .tr:visible")).to_have_count(1)
        page.click("#card button:has-text('撤销')")
        expect(row).to_have_class(old)
        expect(row.locator(".f, .s").nth(0)).to_have_text("")
        expect(page.locator('.chip[data-topic="training"]')).to_have_count(0)
        expect(page.locator("#by-kind")).to_be_empty()


def test_the_rows_not_judged_yet_are_worked_off_one_by_one(browser: Browser, tmp_path: Path) -> None:
    address, extraction = written(tmp_path)
    many = len(extraction.observations)
    with page_without_errors(browser) as page:
        page.goto(address)
        page.click("#review")
        page.select_option("#by-verdict", "unjudged")
        page.click(f"#r-{extraction.observations[1].id}")
        page.keyboard.press("a")
        expect(page.locator(f"#r-{extraction.observations[1].id}")).to_be_hidden()
        page.keyboard.press("j")
        expect(page.locator(f"#r-{extraction.observations[2].id}")).to_have_class(re.compile("now"))
        expect(page.locator(".review-bar p").first).to_contain_text(f"1／{many} 条已校")
        expect(page.locator("#card .hint")).to_have_text(f"1／{many} 条已校")
        page.click("#accept-rest")
        expect(page.locator("#judged")).to_have_text(str(many))
        expect(page.locator("#accept-rest")).to_have_text(f"撤销刚才的 {many - 1} 条认可")
        page.click("#accept-rest")
        expect(page.locator("#judged")).to_have_text("1")
        page.click("#language")
        expect(page.locator(".review-bar p").first).to_contain_text(f"1 of {many} judged")
        expect(page.locator("#card .hint")).to_have_text(f"1 of {many} judged")


def test_exports_are_named_for_what_they_hold(browser: Browser, tmp_path: Path) -> None:
    address, extraction = written(tmp_path)
    first, second, *rest = extraction.observations
    with page_without_errors(browser) as page:
        page.goto(address)
        page.click("#review")
        for button in ("#get-table", "#get-gold", "#get-corrections"):
            expect(page.locator(button)).to_be_disabled()
        page.click(f"#r-{first.id}")
        amend(page, "training.party_group_study")
        page.click(f"#r-{second.id}")
        page.keyboard.press("x")
        expect(page.locator("#get-gold")).to_have_text("↓ 已校标注（JSON）")
        with page.expect_download() as info:
            page.click("#get-table")
        raw = Path(info.value.path()).read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(raw)))
    assert [row["id"] for row in rows] == [first.id, *(one.id for one in rest)]
    assert (rows[0]["indicator"], rows[0]["verdict"], rows[1]["verdict"]) == (
        "training.party_group_study",
        "corrected",
        "",
    )


def test_a_link_to_a_number_opens_it(browser: Browser, tmp_path: Path) -> None:
    address, extraction = written(tmp_path)
    one = extraction.observations[40]
    with page_without_errors(browser) as page:
        page.goto(f"{address}#{one.id}")
        expect(page.locator(f"#r-{one.id}")).to_have_class(re.compile("now"))
        expect(page.locator("#card .what")).to_have_text(one.name)


def test_long_names_are_wrapped_and_what_is_shortened_can_be_read_in_full(browser: Browser, tmp_path: Path) -> None:
    extraction, text = labelled("lanpu-2022")
    long = "推进依法行政和法治政府建设工作领导小组关于进一步加强和改进法治政府建设工作的若干重要举措" * 9
    title = f"《{long[:120]}》"
    report = extraction.report.model_copy(update={"title": long[:300], "issuer": long[:150]})
    extraction = extraction.model_copy(
        update={
            "report": report,
            "sections": tuple(one.model_copy(update={"heading": long[:400]}) for one in extraction.sections),
            "observations": tuple(
                one.model_copy(update={"name": title, "area": long[:100]}) for one in extraction.observations
            ),
        }
    )
    address = pages.write_evidence(tmp_path / "a.json", extraction, text, BOOK).as_uri()
    for width in (1440, 390):
        with page_without_errors(browser, viewport={"width": width, "height": 844}) as page:
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            expect(page.locator(".outline a").first).to_have_attribute("title", long[:400])
            if width == 390:
                page.click("#tab-data")
            page.click(".tbody .tr >> nth=0")
            cut = "all => all.filter(e => !e.matches('.vh') && e.scrollWidth > e.clientWidth + 1).map(e => e.className || e.tagName)"
            assert page.locator("h1, .meta span, .tbody .tr span, #card p").evaluate_all(cut) == []
            page.hover(".tbody .n >> nth=0")
            sentence = page.get_attribute(".tbody .n >> nth=0", "title") or ""
            assert extraction.observations[0].quote in sentence
            assert sentence in text


def test_a_report_without_a_statistic_says_so_and_takes_the_first_one(browser: Browser, tmp_path: Path) -> None:
    extraction, text = labelled("shilu-2022", unread=1)
    extraction = extraction.model_copy(update={"observations": ()})
    address = pages.write_evidence(tmp_path / "a.json", extraction, text, BOOK).as_uri()
    with page_without_errors(browser) as page:
        page.goto(address)
        expect(page.locator("#none-read")).to_contain_text("在正文中选中数字补上")
        expect(page.locator(".thead")).to_be_hidden()
        page.click("#review")
        lost = extraction.unread[0]
        page.click(f"#u{lost.start}-{lost.end}")
        page.click("#card .strong")
        page.fill("#card input[type=search]", "training.party_group_study")
        page.select_option("#card select[size]", "training.party_group_study")
        page.click("#card form .strong")
        expect(page.locator(".tbody .tr")).to_have_count(1)
        expect(page.locator("#none-read")).to_be_hidden()
        expect(page.locator("#tab-data i")).to_have_text("1")


def test_downloads_are_the_result_itself(browser: Browser, tmp_path: Path) -> None:
    address, extraction = written(tmp_path)
    with page_without_errors(browser) as page:
        page.goto(address)
        with page.expect_download() as info:
            page.click("#get-json")
        assert Extraction.model_validate_json(Path(info.value.path()).read_bytes()) == extraction
        with page.expect_download() as info:
            page.click("#get-csv")
        raw = Path(info.value.path()).read_bytes().decode("utf-8")
    assert raw.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(raw[1:]))) == list(csv.reader(export.to_csv([extraction], BOOK)))


def test_the_page_speaks_chinese_and_english(browser: Browser, tmp_path: Path) -> None:
    address, _ = written(tmp_path)
    with page_without_errors(browser) as page:
        page.goto(address)
        page.click("#language")
        assert "observations" in page.inner_text(".tally")
        assert page.get_attribute("html", "lang") == "en"
        assert page.get_attribute("#find", "placeholder") == "Search indicator, name, quote"


def test_nothing_of_a_hostile_report_runs_or_deceives(browser: Browser, tmp_path: Path) -> None:
    extraction, text = labelled("shilu-2022")
    one = extraction.observations[0]
    evil = text[: one.end] + HOSTILE + text[one.end :]
    shift = len(HOSTILE)

    def moved(ones: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(
            x.model_copy(
                update={"start": x.start + shift, "end": x.end + shift}
                | ({"id": f"o{x.start + shift}-{x.end + shift}", "part_of": None} if hasattr(x, "part_of") else {})
            )
            if x.start >= one.end
            else x
            for x in ones
        )

    dirty = extraction.model_copy(
        update={
            "report": extraction.report.model_copy(
                update=dict.fromkeys(("title", "jurisdiction", "issuer", "source", "name"), HOSTILE)
            ),
            "observations": tuple(
                x.model_copy(update={"name": HOSTILE, "area": HOSTILE, "period": HOSTILE, "unit": HOSTILE})
                for x in moved(extraction.observations)
            ),
            "set_aside": moved(extraction.set_aside),
            "sections": (),
            "documents": tuple(
                x.model_copy(update={"title": HOSTILE, "number": HOSTILE}) for x in moved(extraction.documents)
            ),
            "problems": tuple(x.model_copy(update={"text": HOSTILE}) for x in moved(extraction.problems)),
            "plans": moved(extraction.plans),
            "provenance": extraction.provenance.model_copy(update={"model": HOSTILE}),
        }
    )
    address = pages.write_evidence(tmp_path / "evil.json", dirty, evil, BOOK).as_uri()
    with page_without_errors(browser) as page:
        page.goto(address)
        page.click("#review")
        page.click(f"#{one.id}")
        page.keyboard.press("e")
        assert page.locator("script").count() == 2
        assert page.locator("img").count() == 0
        assert "49" not in page.inner_text("h1")
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.inner_text("body"))
    raw = (tmp_path / "evil.html").read_text("utf-8")
    assert len(re.findall("</script", raw)) == 2
    assert "\u2028" not in raw[raw.index('id="fazhi"') :]


def test_the_policy_lets_no_other_script_run(browser: Browser, tmp_path: Path) -> None:
    address, _ = written(tmp_path)
    path = tmp_path / "lanpu-2022.html"
    path.write_text(path.read_text("utf-8").replace("</body>", "<script>document.title='ran'</script></body>"), "utf-8")
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    assert page.title() != "ran"
    context.close()


def test_a_report_of_80_observations_is_a_small_page(browser: Browser, tmp_path: Path) -> None:
    extraction, text = labelled("huaijin-2023", doubtful=2)
    more, longer = swollen(extraction, text, 2)
    keep = more.observations[:80]
    extraction = more.model_copy(update={"observations": keep})
    path = pages.write_evidence(tmp_path / "a.json", extraction, longer[:6500] + longer[6500:], BOOK)
    assert path.stat().st_size <= 200_000
    with page_without_errors(browser) as page:
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        page.goto(path.as_uri())
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        assert metrics["Nodes"] < 10_000


def test_500_000_characters_still_open(browser: Browser, tmp_path: Path) -> None:
    extraction, text = labelled("lanpu-2022")
    extraction, longer = swollen(extraction, text, 500_000 // len(text))
    with ends():
        path = pages.write_evidence(tmp_path / "a.json", extraction, longer, BOOK)
    with page_without_errors(browser) as page:
        page.goto(path.as_uri(), timeout=20_000)
        last = extraction.observations[-1].id
        page.evaluate("id => document.getElementById(id).click()", last)
        assert page.locator(f"#r-{last}.now").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_text_or_table_and_never_scrolls_sideways(browser: Browser, tmp_path: Path, scheme: str) -> None:
    address, extraction = written(tmp_path)
    with page_without_errors(browser, viewport={"width": 390, "height": 844}, color_scheme=scheme) as page:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator("#text").is_visible()
        page.click("#tab-data")
        assert page.locator("#text").is_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.click(".tbody .tr >> nth=2")
        page.click("#card button:has-text('看原文')")
        assert page.locator(f"#{extraction.observations[2].id}").is_visible()


def test_print_shows_text_and_every_view(browser: Browser, tmp_path: Path) -> None:
    address, _ = written(tmp_path)
    with page_without_errors(browser) as page:
        page.goto(address)
        page.emulate_media(media="print")
        for view in ("#text", "#data", "#audit", "#matters", "#about"):
            assert page.locator(view).is_visible()
        assert page.locator(".tabs").is_hidden()


def test_without_scripts_links_and_views_still_work(browser: Browser, tmp_path: Path) -> None:
    address, extraction = written(tmp_path)
    with page_without_errors(browser, java_script_enabled=False) as page:
        page.goto(address)
        page.click(f"#{extraction.observations[0].id}")
        assert page.url.endswith(f"#r-{extraction.observations[0].id}")
        assert page.locator("#audit").is_visible()
