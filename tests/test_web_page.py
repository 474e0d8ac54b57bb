"""The web page against a service that runs: hand in, watch, open, correct, export, compare, with a key."""

import csv
import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import page_without_errors
from made import REPORTS
from playwright.sync_api import Browser, Page, Route, expect

from schemas.corrections import Corrected, Corrections
from service import pages

KEY = "0123456789abcdef-reader"
OTHER = "0123456789abcdef-other"
REPORT = "2023年石桥县法治政府建设年度报告\n一、主要举措和成效\n2023年，全县共受理行政复议案件43件，审结40件。"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "FAZHI_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "FAZHI_API_KEYS": f"reader:{KEY},other:{OTHER}",
        "FAZHI_LOG_LEVEL": "error",
    }
    for name in ("REDIS_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "FAZHI_MODEL"):
        environment.pop(name, None)
    command = [str(Path(sys.executable).with_name("fazhi")), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                    break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, "the service ended"
                time.sleep(0.25)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)


def ask(address: str, *, method: str = "GET", body: bytes | None = None, key: str = KEY) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(address, body, headers, method=method), timeout=30) as answer:
        return json.load(answer)


def enter(page: Page, address: str, key: str = KEY) -> None:
    page.goto(f"{address}/")
    page.click("#key-button")
    page.fill("#key", key)
    page.click("#key-form button")
    expect(page.locator("#key-form")).to_be_hidden()


def hand_in(page: Page, text: str = REPORT, name: str = "") -> str:
    before = page.locator("#jobs li").count()
    page.fill("#pasted", text)
    page.fill("#name", name)
    page.click("#send")
    expect(page.locator("#jobs li")).to_have_count(before + 1)
    job = page.locator("#jobs li").first
    expect(job).to_have_class("completed", timeout=30_000)
    return job.get_attribute("id") or ""


def test_a_stranger_is_asked_for_a_key_and_sees_nothing(browser: Browser, service: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{service}/")
    expect(page.locator("#key-form")).to_be_visible()
    expect(page.locator("#jobs li")).to_have_count(0)
    expect(page.locator("#key-refused")).to_be_hidden()
    page.fill("#key", "not-a-key-of-this-service")
    page.click("#key-form button")
    expect(page.locator("#key-refused")).to_have_text("这个密钥不对；请核对后再填。")
    context.close()


def test_a_report_pasted_is_read_opened_and_deleted(browser: Browser, service: str) -> None:
    with page_without_errors(browser) as page:
        page.goto(f"{service}/docs")  # same origin: the key is there before the first question
        page.evaluate("key => sessionStorage.setItem('fazhi:key', key)", KEY)
        page.goto(f"{service}/")
        job = hand_in(page, name="石桥县")
        with page.context.expect_page() as opened:
            page.click(f"#{job} .who a")
        evidence = opened.value
        expect(evidence.locator("h1")).to_contain_text("法治政府建设年度报告")
        assert evidence.locator('.report .ob:has-text("43")').count() == 1
        evidence.close()
        delete = page.locator(f"#{job} [data-act=delete]")
        delete.click()
        expect(delete).to_have_text("再按一次删除")
        delete.click()
        expect(page.locator(f"#{job}")).to_have_count(0)


def test_files_of_several_kinds_are_read_and_wrong_ones_are_told_in_plain_words(
    browser: Browser, service: str, tmp_path: Path
) -> None:
    (tmp_path / "空.txt").write_bytes(b"")
    context = browser.new_context()
    page = context.new_page()
    enter(page, service)
    before = page.locator("#jobs li").count()
    names = ("shilu-2022.txt", "heting-2018.html", "taixi-2024.docx", "qitong-2023.txt")
    page.set_input_files("#files", [*(str(REPORTS / name) for name in names), str(tmp_path / "空.txt")])
    expect(page.locator("#jobs li")).to_have_count(before + len(names))
    for at in range(len(names)):
        expect(page.locator("#jobs li").nth(at)).to_have_class("completed", timeout=60_000)
    expect(page.locator("#problems li")).to_have_count(1)
    assert "空.txt" in page.inner_text("#problems")
    assert "读不出文字" in page.inner_text("#problems")
    with page.expect_download() as info:
        page.click("#all-csv")
    table = Path(info.value.path()).read_bytes().decode("utf-8")
    assert table.startswith("\ufeffreport,jurisdiction,level,year,issuer,indicator,")
    found = list(csv.DictReader(io.StringIO(table[1:])))
    assert {row["report"] for row in found} >= set(names)
    assert all(row["quote"] in row["sentence"] for row in found)
    context.close()


def test_what_went_wrong_is_said_in_the_language_that_is_chosen_later(
    browser: Browser, service: str, tmp_path: Path
) -> None:
    (tmp_path / "旧.doc").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 100)
    (tmp_path / "大.txt").write_bytes("法".encode() * 1_800_000)
    context = browser.new_context()
    page = context.new_page()
    enter(page, service)
    problems = page.locator("#problems li")
    page.set_input_files("#files", [str(tmp_path / "旧.doc"), str(tmp_path / "大.txt")])
    expect(problems).to_have_count(2)
    expect(problems.nth(0)).to_contain_text(".doc、.wps 请另存为 .docx")
    expect(problems.nth(1)).to_contain_text("每份不超过 5 MB、500,000 字")
    page.click("#language")
    expect(problems.nth(0)).to_contain_text("Save .doc and .wps as .docx")
    expect(problems.nth(1)).to_contain_text("at most 5 MB and 500,000 characters each")
    problems.nth(1).locator("button").click()
    expect(problems).to_have_count(1)
    page.fill("#pasted", "法" * 500_001)
    page.click("#send")
    expect(problems).to_contain_text(["500,000 characters each"])
    assert len(page.input_value("#pasted")) == 500_001
    context.close()


def test_why_a_job_failed_and_what_to_do_is_said_in_both_languages(browser: Browser, service: str) -> None:
    codes = ("model_unavailable", "worker_lost", "never_heard_of")
    errors = [{"section": None, "code": code, "message": "Its own words.", "retryable": True} for code in codes]
    job = {
        "id": "ext_1", "name": "甲.txt", "status": "failed", "created_at": "2026-11-22T08:00:00Z", "errors": errors,
        "usage": None, "progress": {"parts": 0, "read": 0, "from_cache": 0, "unread": 0},
    }  # fmt: skip
    with page_without_errors(browser) as page:
        page.route("**/v1/extractions?*", lambda route: route.fulfill(json={"data": [job], "has_more": False}))
        page.goto(f"{service}/")
        why = page.locator("#ext_1 .why")
        expect(why).to_have_text(
            ["模型连不上；请稍后重新提交。", "读取进程多次中断；请把编号 ext_1 告诉管理员。", "Its own words."]
        )
        page.click("#language")
        expect(why.first).to_have_text("The model could not be reached; hand it in again later.")


def test_a_report_is_handed_in_again_where_the_service_asks_to_wait(browser: Browser, service: str) -> None:
    asked = []

    def busy_once(route: Route) -> None:
        asked.append(route.request.method)
        if asked.count("POST") != 1:
            route.continue_()
        else:
            problem = {"type": "urn:fazhi:problem:too_many_requests", "detail": "", "request_id": "r"}
            route.fulfill(status=429, headers={"Retry-After": "30"}, json=problem)

    context = browser.new_context()
    page = context.new_page()
    enter(page, service)
    page.clock.install()
    page.route("**/v1/extractions", busy_once)
    before = page.locator("#jobs li").count()
    page.fill("#pasted", REPORT)
    with page.expect_response(lambda answer: answer.status == 429):
        page.click("#send")
    page.clock.run_for(30_000)
    expect(page.locator("#jobs li")).to_have_count(before + 1)
    expect(page.locator("#problems li")).to_have_count(0)
    context.close()


def test_corrections_are_kept_with_the_job_and_come_out_as_gold(browser: Browser, service: str) -> None:
    with page_without_errors(browser) as page:
        page.goto(f"{service}/docs")
        page.evaluate("key => sessionStorage.setItem('fazhi:key', key)", KEY)
        page.goto(f"{service}/")
        job = hand_in(page, REPORT + "\n召开专题会议3次。")
        page.goto(f"{service}/reports/{job}")
        page.click("#review")
        row = page.locator(".tbody .tr").first
        row.click()
        page.keyboard.press("e")
        page.fill("#card input[type=search]", "administrative_review.accepted")
        page.select_option("#card select[size]", "administrative_review.accepted")
        page.click("#card form .strong")
        expect(page.locator("#said")).to_contain_text("存入任务", timeout=5_000)
        page.reload()
        page.click("#review")
        expect(page.locator("#judged")).to_have_text("1")
    address = f"{service}/v1/extractions/{job}"
    before = ask(f"{address}/result")
    kept = Corrections.model_validate(ask(f"{address}/corrections"))
    assert isinstance(kept.verdicts[0], Corrected)
    gold = ask(f"{address}/corrections?format=gold")
    assert [one["indicator"] for one in gold["observations"]] == ["administrative_review.accepted"]
    assert ask(f"{address}/result") == before


def test_a_stale_revision_a_stranger_and_a_made_up_place_are_refused(browser: Browser, service: str) -> None:
    with page_without_errors(browser) as page:
        page.goto(f"{service}/docs")
        page.evaluate("key => sessionStorage.setItem('fazhi:key', key)", KEY)
        page.goto(f"{service}/")
        job = hand_in(page)
    address = f"{service}/v1/extractions/{job}/corrections"
    none = ask(address)
    body = json.dumps(none).encode()
    assert ask(address, method="PUT", body=body)["revision"] == 1
    made_up = json.dumps({**none, "revision": 1, "verdicts": [{"verdict": "accepted", "observation": "o1-2"}]}).encode()
    for raw, key, status in (
        (body, KEY, 409),
        (made_up, KEY, 422),
        (body, OTHER, 404),
        (body, "nobody-at-all-here", 401),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(address, method="PUT", body=raw, key=key)
        assert refused.value.code == status
        refused.value.close()


def test_nothing_of_a_hostile_report_runs_on_any_page(browser: Browser, service: str) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}\u202e"
    with page_without_errors(browser) as page:
        page.goto(f"{service}/docs")
        page.evaluate("key => sessionStorage.setItem('fazhi:key', key)", KEY)
        page.goto(f"{service}/")
        job = hand_in(page, f"{evil}\n{REPORT}{evil}", name=evil)
        assert page.locator("#jobs img, #jobs script").count() == 0
        page.goto(f"{service}/reports/{job}")
        expect(page.locator(".report .ob").first).to_be_visible()
        assert page.locator("img").count() == 0
        page.goto(f"{service}/compare")
        expect(page.locator("#duties")).to_be_visible()
        assert page.locator("img").count() == 0


def test_the_comparison_links_to_the_evidence_of_each_report(browser: Browser, service: str) -> None:
    with page_without_errors(browser) as page:
        page.goto(f"{service}/docs")
        page.evaluate("key => sessionStorage.setItem('fazhi:key', key)", KEY)
        page.goto(f"{service}/compare?indicator=administrative_review.accepted")
        expect(page.locator(".subject[data-subject]")).to_have_count(1)
        page.select_option(".more select", "administrative_review.concluded")
        page.click(".more button")
        expect(page.locator(".subject[data-subject]")).to_have_count(2)
        page.locator("details.figure summary").first.click()
        page.locator("details.figure[open] a").click()
        expect(page.locator("#card .what")).to_be_visible()  # at the very number
        page.go_back()
        page.locator("#duties a").first.click()
        expect(page.locator("#text")).to_be_visible()


def test_only_a_service_with_keys_shows_where_to_put_one() -> None:
    for keyed, hidden in ((True, 'id="key-button">'), (False, 'id="key-button" hidden>')):
        assert hidden in pages.home_html(max_bytes=1, max_characters=1, keyed=keyed)


def test_the_page_fits_a_phone_and_speaks_english(browser: Browser, service: str) -> None:
    with page_without_errors(browser, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{service}/docs")
        page.evaluate("key => sessionStorage.setItem('fazhi:key', key)", KEY)
        page.goto(f"{service}/")
        expect(page.locator("#jobs li").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.click("#language")
        assert "Annual reports" in page.inner_text("h1")
