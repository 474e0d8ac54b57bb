"""Pages for everybody: by keyboard alone, by ear, in either language, at any contrast, without motion."""

import json
import re
from pathlib import Path

import pytest
from browser import page_without_errors
from made import labelled
from playwright.sync_api import Browser, Page, expect

from schemas.codebook import load_codebook
from service import pages
from service.results.comparison import Comparer

BOOK = load_codebook()
HERE = Path(pages.__file__).parent
TEXT, GROUND = ("ink", "soft", "red", "green", "amber", "link"), ("paper", "sheet", "wash", "red-wash")
CONTROLS = {
    "button", "link", "textbox", "searchbox", "combobox", "listbox", "checkbox", "tab", "progressbar", "progress",
    "table", "tablist", "navigation",
}  # fmt: skip
# Keys that are put together: the words of codes that come from results, jobs and answers.
COMPOSED = re.compile(
    r"(?:level|aspect|qualifier|flag|kind|why|by|topic|action|part|found|holds|standing|status|e|j)_\w+"
)


def write_all(folder: Path) -> list[Path]:
    """One of each page as a file."""
    extraction, text = labelled("lanpu-2022", unread=1, doubtful=1)
    comparer = Comparer(BOOK)
    comparer.add(extraction, text, "a.html")
    html = {
        "a": pages.evidence_html(extraction, text, BOOK, job="/v1/extractions/ext_1"),
        "b": pages.compare_html(comparer.compare(["administrative_review.applications"]), BOOK, home="/"),
        "c": pages.home_html(max_bytes=5 * 2**20, max_characters=500_000, keyed=True),
        "d": pages.shell_html("/v1/comparison"),
    }
    for name, page in html.items():
        (folder / f"{name}.html").write_text(page, "utf-8")
    return [folder / f"{name}.html" for name in html]


def brightness(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(one * 2 for one in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("sheet", "at"), [("base.css", 0), ("base.css", 1), ("print.css", 0)])
def test_text_stands_out_from_every_ground(sheet: str, at: int) -> None:
    palette = re.findall(r":root \{(.*?)\}", (HERE / sheet).read_text("utf-8"), re.DOTALL)[at]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", palette))
    for text in TEXT:
        for ground in GROUND:
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["paper"], colours["ink"]) >= 4.5
    if "rim" in colours:  # on paper there are no controls
        assert min(contrast(colours[edge], colours["sheet"]) for edge in ("rim", "focus")) >= 3


def test_the_words_of_both_languages_are_used_and_take_the_same_fillings() -> None:
    words = json.loads((HERE / "words.json").read_text("utf-8"))
    sources = "\n".join(one.read_text("utf-8") for one in HERE.iterdir() if one.suffix in (".js", ".html"))
    for key, (zh, en) in (item for page in words.values() for item in page.items()):
        assert set(re.findall(r"\{\w+\}", zh)) == set(re.findall(r"\{\w+\}", en)), key
        assert COMPOSED.fullmatch(key) or re.search(rf"""['":]{key}['"]""", sources), f"{key} is said nowhere"
        if re.match("[ej]_", key):
            assert "请" in zh, f"{key} does not say what to do"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_control_has_a_name_and_none_is_left_in_the_other_language(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    for path in write_all(tmp_path):
        context = browser.new_context()
        page = context.new_page()
        page.goto(path.as_uri())
        if language == "en":
            page.click("#language")
        if path.stem == "a":
            page.click("#review")
            page.click(".tbody .tr >> nth=0")
            page.keyboard.press("x")
            assert_named(page)
            page.keyboard.press("e")
        if path.stem == "c":
            page.click("#key-button")
            page.click("#send")
        assert_named(page)
        if language == "en":
            left = page.evaluate(
                "[...document.querySelectorAll('[data-t]')].map(e => e.textContent).filter(t => /[\u4e00-\u9fff]/.test(t))"
            )
            assert set(left) <= {"中文"}
        context.close()


def assert_named(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    seen = [one for one in nodes if not one["ignored"] and one["role"]["value"] in CONTROLS]
    nameless = [one["role"]["value"] for one in seen if not one.get("name", {}).get("value", "").strip()]
    assert len(seen) > 2
    assert not nameless


def test_a_report_is_judged_from_beginning_to_end_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    extraction, text = labelled("shilu-2022")
    first, second, third = extraction.observations[:3]
    address = pages.write_evidence(tmp_path / "a.json", extraction, text, BOOK).as_uri()
    with page_without_errors(browser) as page:
        page.goto(address)
        page.keyboard.press("Tab")
        expect(page.locator(".skip >> nth=0")).to_be_focused()
        for _ in range(20):
            if page.evaluate("document.activeElement.id") == "review":
                break
            page.keyboard.press("Tab")
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid"
        page.keyboard.press("Space")
        row = page.locator(f"#r-{first.id} a.ob")
        row.focus()
        page.keyboard.press("Space")
        expect(page.locator("#card-head")).to_be_focused()
        page.keyboard.press("a")
        page.keyboard.press("j")
        expect(page.locator(f"#r-{second.id}")).to_have_attribute("aria-current", "true")
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("e")
        expect(page.locator("#card input[type=search]")).to_be_focused()
        page.keyboard.type("training.party_group_study")
        page.keyboard.press("Enter")
        expect(page.locator(f"#r-{third.id}")).to_have_class(re.compile("corrected"))
        expect(page.locator("#judged")).to_have_text("3")
        page.keyboard.press("Escape")
        expect(page.locator("#card")).to_be_hidden()
        expect(page.locator(f"#r-{third.id} a.ob")).to_be_focused()


def test_stepping_through_the_card_keeps_the_button_under_the_finger(browser: Browser, tmp_path: Path) -> None:
    extraction, text = labelled("shilu-2022")
    address = pages.write_evidence(tmp_path / "a.json", extraction, text, BOOK).as_uri()
    with page_without_errors(browser) as page:
        page.goto(address)
        page.click(f"#r-{extraction.observations[0].id}")
        page.focus('#card [data-ta="aria-label:next"]')
        for _ in range(3):
            page.keyboard.press("Enter")
        expect(page.locator(f"#r-{extraction.observations[3].id}")).to_have_class(re.compile("now"))
        expect(page.locator('#card [data-ta="aria-label:next"]')).to_be_focused()


def test_nothing_moves_for_a_reader_who_wants_no_motion(browser: Browser, tmp_path: Path) -> None:
    extraction, text = labelled("lanpu-2022")
    address = pages.write_evidence(tmp_path / "a.json", extraction, text, BOOK).as_uri()
    with page_without_errors(browser, reduced_motion="reduce") as page:
        page.goto(address)
        last = extraction.observations[-1].id
        page.click(f"#r-{last} .n")
        top, bottom = page.evaluate(
            "id => { const box = document.getElementById(id).getBoundingClientRect(); return [box.top, innerHeight - box.bottom]; }",
            last,
        )
        assert min(top, bottom) > 0  # at once, with no waiting


def test_figures_of_one_unit_in_one_group_are_told_apart() -> None:
    extraction, text = labelled("lanpu-2022")
    code = "administrative_review.applications"
    free = [one for one in extraction.observations if one.unit == "件" and not (one.aspect or one.area or one.part_of)][
        :3
    ]
    names = dict(zip((one.id for one in free), ("网上申请", "窗口申请", "窗口申请"), strict=True))

    def page(*ids: str) -> str:
        ones = tuple(
            one.model_copy(update={"indicator": code, "topic": code.partition(".")[0], "name": names[one.id]})
            for one in free
            if one.id in ids
        )
        comparer = Comparer(BOOK)
        comparer.add(extraction.model_copy(update={"observations": ones}), text)
        return pages.compare_html(comparer.compare([code]), BOOK)

    def told(html: str) -> list[str]:
        return sorted(re.findall(r'class="told"[^>]*>(.*?)</span>', html))

    first, second, third = names
    assert told(page(first)) == []
    assert told(page(first, second)) == ["窗口申请", "网上申请"]
    same = told(page(second, third))
    assert len(set(same)) == 2  # the names are alike: each shows itself in its sentence
    assert all(re.sub("</?mark>", "", one) in text for one in same)
