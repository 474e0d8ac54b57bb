"""The page of a run in a real browser: figures lead to cases, filters work, nothing is fetched, no report text runs."""

import re
from datetime import UTC, datetime

import pytest
from browser import chromium, page_without_errors
from results import TEXT, case, gold, observed, perfect, with_another, with_observation, without_observation

from evals.folder import RunRecord, run_of
from evals.judged import judge_case
from evals.report_html import run_page

HOSTILE = '<script>document.title="owned"</script><img src=x onerror=alert(1)>"\'&{{7*7}}</li></ol></main>'


def page_of(*judged):
    record = RunRecord(
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        label="made",
        repeats=1,
        use_cache=False,
        versions=judged[0].score.provenance,
        absent=("elsewhere-2024",),
        seconds=0.1,
    )
    return run_page(run_of(record, judged))


def with_errors():
    good = perfect(gold())
    at = TEXT.index("一、主要")
    wrong = with_observation(
        without_observation(good, "512名"), "68件", indicator="training.sessions", topic="training"
    )
    return with_another(with_observation(wrong, "3万份", value="3"), "60件", at, at + 4, name="云川县")


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def written(tmp_path):
    """Write a page and say its address."""

    def write(content):
        path = tmp_path / "report.html"
        path.write_text(content, encoding="utf-8")
        return path.as_uri()

    return write


def second_report():
    labels = gold(report="another-2024.txt")
    return judge_case(case(labels), with_observation(perfect(labels), "512名", unit="人"))


pytestmark = pytest.mark.browser


def test_the_figures_are_there_and_lead_to_their_cases(browser, written):
    address = written(page_of(judge_case(case(), with_errors()), second_report()))
    with page_without_errors(browser) as page:
        page.goto(address)
        assert "2 reports, 20 gold observations" in page.inner_text("#samples")
        assert page.locator("#list > li:visible").count() == 5
        page.click("#samples >> text=wrong_indicator_other_topic")
        assert page.locator("#list > li:visible").count() == 1
        assert "administrative_review.accepted → training.sessions" in page.text_content("#list > li:visible")
        assert page.input_value("select[name=class]") == "wrong_indicator_other_topic"
        assert page.evaluate("document.getElementById('count').textContent") == "1 of 5 cases"
        page.click("#samples table >> text=another-2024")
        assert page.locator("#list > li:visible").count() == 1
        assert "another-2024/observation" in page.text_content("#list > li:visible")


def test_gold_and_predicted_are_marked_in_the_text(browser, written):
    with page_without_errors(browser) as page:
        page.goto(written(page_of(judge_case(case(), with_errors()))))
        page.goto(page.url + "#class=missed")
        assert page.text_content("#list > li:visible span.g") == "512名"
        assert page.locator("#list > li:visible span.p").count() == 0
        page.goto(page.url.partition("#")[0] + "#class=scale_万")
        assert page.text_content("#list > li:visible span.g.p") == "3万份"
        assert "30000 → 3" in page.text_content("#list > li:visible dl")


def test_filters_words_and_reset_work_with_the_keyboard(browser, written):
    with page_without_errors(browser) as page:
        page.goto(written(page_of(judge_case(case(), with_errors()))))
        everything = page.locator("#list > li:visible").count()
        page.focus("input[type=search]")
        page.keyboard.type("512名")
        assert page.locator("#list > li:visible").count() < everything
        assert "text=512" in page.url
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_function("document.getElementById('count').textContent.startsWith('4 of')")
        assert page.locator("#list > li:visible").count() == everything


def test_an_address_with_filters_opens_on_them(browser, written):
    with page_without_errors(browser) as page:
        page.goto(written(page_of(judge_case(case(), with_errors()))) + "#collection=samples&class=missed")
        assert page.locator("#list > li:visible").count() == 1


def test_no_script_from_report_text_or_a_prediction_runs(browser, written):
    text = f"全年审查{HOSTILE}323件{HOSTILE}。"
    start = text.index("323件")
    label = observed("115件", "323", "件", "normative_documents.files_reviewed").model_copy(
        update={"start": start, "end": start + 4, "surface": "323件", "name": HOSTILE}
    )
    labels = gold(text, observations=(label,))
    hostile = with_observation(perfect(labels, text), "323件", unit=HOSTILE, name=HOSTILE + "2", area=HOSTILE)
    content = page_of(judge_case(case(labels, text), hostile))
    assert HOSTILE not in content
    with page_without_errors(browser) as page:
        page.goto(written(content))
        page.wait_for_timeout(200)
        assert page.title() == "fazhi accuracy: made"
        assert page.locator("main img, main script").count() == 0
        assert HOSTILE[:30] in page.text_content("#list > li:visible >> nth=0")
        assert "{{7*7}}" in page.text_content("#list > li:visible >> nth=0")


def test_nothing_is_fetched_and_no_other_script_is_admitted(browser, written):
    content = page_of(judge_case(case(), with_errors()))
    assert "http://" not in content
    assert "https://" not in content
    assert not re.search(r'\son\w+="', content)
    with page_without_errors(browser) as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(written(content))
        page.wait_for_timeout(200)
        assert len(asked) == 1
        assert "script-src 'sha256-" in content


def test_it_reads_on_a_phone_in_the_dark_and_without_script(browser, written):
    address = written(page_of(judge_case(case(), with_errors())))
    small = {"viewport": {"width": 360, "height": 700}, "color_scheme": "dark", "java_script_enabled": False}
    with page_without_errors(browser, **small) as page:
        page.goto(address)
        assert page.locator("#list > li").count() == 4
        assert page.locator("#filters").is_hidden()
        page.set_viewport_size({"width": 360, "height": 700})
    with page_without_errors(browser, viewport={"width": 360, "height": 700}) as page:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_fifty_reports_make_a_page_under_three_megabytes():
    judged = []
    for number in range(50):
        labels = gold(report=f"report-{number}.txt")
        judged.append(judge_case(case(labels), with_errors()))
    content = page_of(*judged)
    cases = content.count("<li ")
    errors_of_fifty_real_reports = 50 * 25
    a_case = (len(content.encode()) - len(page_of(judged[0]).encode())) / (cases - 4)
    assert cases == 200
    assert len(content.encode()) + a_case * (errors_of_fifty_real_reports - cases) < 3_000_000
