"""`fazhi-eval` as a person or a build server uses it: run, report, compare, gate, lint, draft and import."""

import json
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hand_runs import home_in, kept, made
from results import TEXT, gold, perfect, with_observation

from evals import cli
from evals.cassettes import note_of
from evals.compare import differences
from evals.folder import read_run
from evals.gold import read_gold, write_gold
from evals.report_markdown import run_markdown
from service import CallerError, Cassette


@dataclass(frozen=True)
class Ended:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def fazhi_eval(monkeypatch, capsys, tmp_path):
    """The command, in an empty folder, without the caller's key or cache."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "FAZHI_MODEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FAZHI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["fazhi-eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def good():
    return perfect(gold())


@pytest.fixture
def home(tmp_path):
    return home_in(tmp_path)


def test_a_run_reads_gold_with_the_production_extractor_and_leaves_a_whole_folder(fazhi_eval, tmp_path):
    ended = fazhi_eval("run", "--only", "wudu-2024", "--only", "shilu-2022", "--no-cache", "--label", "two")
    assert ended.code == 0, ended.err
    assert "observation F1" in ended.out
    (folder,) = (tmp_path / "runs").iterdir()
    assert {path.name for path in folder.iterdir()} == {
        "run.json", "reports.jsonl", "outcomes.jsonl", "adjudicate.jsonl", "summary.json", "results", "report.html",
        "summary.md", "junit.xml",
    }  # fmt: skip
    run = read_run(folder)
    assert [one.report for one in run.scores] == ["shilu-2022", "wudu-2024"]
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    assert summary["samples"]["figures"]["observation_f1"]["denominator"] > 150
    assert summary["samples"]["figures"]["unsupported_rate"]["numerator"] == 0
    assert len(list((folder / "results").iterdir())) == 2
    ElementTree.parse(folder / "junit.xml")


def test_a_report_that_has_no_gold_is_a_usage_error(fazhi_eval):
    ended = fazhi_eval("run", "--only", "nowhere-1999")
    assert ended.code == 2
    assert "No gold with text for nowhere-1999" in ended.err
    assert "Traceback" not in ended.err


def test_the_gate_holds_for_the_run_that_made_the_baseline(fazhi_eval, home, tmp_path, good):
    ended = fazhi_eval("gate", "--run", kept(tmp_path / "same", good), "--home", home.folder)
    assert ended.code == 0
    assert "gate holds" in ended.out


def test_a_change_that_breaks_one_observation_fails_the_gate_and_is_named(fazhi_eval, home, tmp_path, good):
    broken = with_observation(good, "512名", value="521")
    junit = tmp_path / "gate.xml"
    ended = fazhi_eval("gate", "--run", kept(tmp_path / "broken", broken), "--home", home.folder, "--junit", junit)
    assert ended.code == 1
    start = TEXT.index("512名")
    assert (
        f"yunchuan-2023/observation/{start}-{start + 4}:enforcement.certificates: was right, is wrong (digit)"
        in ended.out
    )
    assert "1 findings" in ended.out
    assert ElementTree.parse(junit).getroot().find(".//failure") is not None


def test_a_new_baseline_is_accepted_only_with_a_reason_which_goes_into_the_changelog(fazhi_eval, home, tmp_path, good):
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- Something else.\n\n## 0.1.0\n", "utf-8")
    folder = kept(tmp_path / "broken", with_observation(good, "512名", value="521"))
    assert fazhi_eval("gate", "--run", folder, "--home", home.folder, "--accept").code == 2
    ended = fazhi_eval("gate", "--run", folder, "--home", home.folder, "--accept", "--reason", "gold was wrong")
    assert ended.code == 0
    changelog = (tmp_path / "CHANGELOG.md").read_text("utf-8")
    assert changelog.startswith(
        "# Changelog\n\n## Unreleased\n\n- Accuracy baseline accepted: gold was wrong (0 labels"
    )
    assert "1 broken" in changelog
    assert "- Something else.\n\n## 0.1.0\n" in changelog
    assert fazhi_eval("gate", "--run", folder, "--home", home.folder).code == 0


def test_a_live_gate_needs_a_run(fazhi_eval):
    ended = fazhi_eval("gate", "--live")
    assert ended.code == 2
    assert "--run" in ended.err


def test_a_comparison_names_what_was_mended_and_broken(fazhi_eval, tmp_path, good):
    a = kept(tmp_path / "a", with_observation(good, "68件", unit="宗"))
    b = kept(tmp_path / "b", with_observation(good, "512名", value="521"))
    ended = fazhi_eval("compare", a, b, "--markdown", tmp_path / "compare.md")
    assert ended.code == 0
    assert "mended: 1" in ended.out
    assert "broken: 1" in ended.out
    assert "administrative_review.accepted" in ended.out
    markdown = (tmp_path / "compare.md").read_text("utf-8")
    assert "| observation F1 | +0.0000 |" in markdown
    (found,) = differences(read_run(a), read_run(b))
    assert found.metrics["observation_f1"].p is None
    assert [row.before for row in found.topics if row.topic == "enforcement"] == [1.0]


def test_runs_over_different_gold_cannot_be_compared(tmp_path, good):
    a, b = made(good)[0], made(good, labels=gold(version=2))[0]
    with pytest.raises(CallerError, match="share no report"):
        differences(a, b)
    with pytest.raises(CallerError, match="no metric"):
        differences(a, a, "beauty")


def test_a_run_can_be_shown_again_in_every_form(fazhi_eval, tmp_path, good):
    folder = kept(tmp_path / "a", with_observation(good, "512名", value="521"))
    forms = {name: tmp_path / f"again.{name}" for name in ("html", "md", "xml")}
    ended = fazhi_eval("report", folder, "--html", forms["html"], "--markdown", forms["md"], "--junit", forms["xml"])
    assert ended.code == 0
    assert "digit" in ended.out
    assert forms["html"].read_text("utf-8").startswith("<!doctype html>")
    assert "| observation F1 | 0.9000 | – | 0.9000 | 20 | ≥ 0.72 ✓ |" in forms["md"].read_text("utf-8")
    failures = [
        one.get("name") for one in ElementTree.parse(forms["xml"]).iter("testcase") if one.find("failure") is not None
    ]
    assert "unsupported observations" in failures


def test_a_folder_that_is_no_run_is_a_usage_error(fazhi_eval, tmp_path):
    ended = fazhi_eval("report", tmp_path)
    assert ended.code == 2
    assert "no run folder" in ended.err


def test_markdown_from_a_report_cannot_break_out_of_its_line(good):
    hostile = with_observation(good, "512名", unit="|`<script>[x](y)\n# boo")
    text = run_markdown(made(hostile)[0])
    assert "<script>" not in text
    assert "\n# boo" not in text


def test_lint_says_what_is_wrong_and_fails(fazhi_eval, home):
    assert fazhi_eval("lint", "--home", home.folder).code == 0
    first, *rest = gold().observations
    write_gold(home.gold / "yunchuan-2023.json", gold(observations=(first.model_copy(update={"value": "116"}), *rest)))
    ended = fazhi_eval("lint", "--home", home.folder)
    assert ended.code == 1
    assert "labelled 116, the surface reads 115" in ended.out


def label_file(path, one):
    raw = json.loads(one.model_dump_json())
    for name in ("format", "form", "version", "labelled_on", "topics", "sha256"):
        del raw[name]
    path.write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")
    return path


def test_two_label_files_become_gold_with_their_agreement_kept_and_differences_decided(fazhi_eval, home, tmp_path):
    a = label_file(tmp_path / "a.json", gold())
    first, *rest = gold().observations
    other = gold(observations=(first.model_copy(update={"indicator": "administrative_review.other"}), *rest))
    b = label_file(tmp_path / "b.json", other.model_copy(update={"annotator": "b"}))
    worksheet = tmp_path / "decide.json"
    arguments = ("import-gold", a, b, "--home", home.folder, "--worksheet", worksheet)
    ended = fazhi_eval(*arguments)
    assert ended.code == 0, ended.out + ended.err
    assert "1 differences" in ended.out
    assert read_gold(home.gold / "yunchuan-2023.json").version == 1
    worksheet.write_text(worksheet.read_text("utf-8").replace('"take": "a"', '"take": "b"'), "utf-8")
    assert fazhi_eval(*arguments).code == 0
    decided = read_gold(home.gold / "yunchuan-2023.json")
    assert (decided.version, decided.annotator) == (2, "adjudicated")
    assert decided.observations[0].indicator == "administrative_review.other"
    kept_agreement = json.loads(home.agreement.read_text("utf-8"))["yunchuan-2023"]
    assert kept_agreement["tallies"]["observation_f1"] == {"numerator": 18, "denominator": 20}
    shown = fazhi_eval("agreement", "--home", home.folder)
    assert shown.code == 0
    assert "0.900" in shown.out


def test_real_reports_are_imported_as_facts_only(fazhi_eval, home, tmp_path):
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "yunchuan-2023.txt").write_bytes(TEXT.encode())
    a = label_file(tmp_path / "a.json", gold())
    ended = fazhi_eval("import-gold", a, "--real", "--texts", texts, "--home", home.folder)
    assert ended.code == 0, ended.out + ended.err
    assert "云川" not in (home.real / "yunchuan-2023.json").read_text("utf-8")


def test_a_draft_marks_every_doubt_and_is_not_gold_until_a_person_has_decided(fazhi_eval, tmp_path):
    report = tmp_path / "yunchuan-2023.txt"
    report.write_bytes(TEXT.encode())
    target = tmp_path / "yunchuan-2023.labels.json"
    ended = fazhi_eval("draft", report, "--annotator", "me")
    assert ended.code == 0, ended.err
    raw = json.loads(target.read_text("utf-8"))
    assert {one["surface"] for one in raw["observations"]} >= {"115件", "68件", "11.9万人次"}
    assert raw["annotator"] == "me"
    assert all("around" in one for one in raw["observations"])
    again = fazhi_eval("draft", report)
    assert again.code == 2
    assert "never overwritten" in again.err


def test_a_cassette_tells_its_model_and_day_and_is_stale_when_the_prompt_has_changed(tmp_path):
    path = tmp_path / "cassette.jsonl"
    head = {"model": "some-model", "prompt": "abc", "recorded_at": "2026-11-01T08:00:00+00:00", "format": 1}
    path.write_text(json.dumps(head) + "\n", "utf-8")
    assert len(Cassette.load(path)) == 0
    fresh, stale = note_of(path, "abc"), note_of(path, "abd")
    assert (fresh.model, fresh.recorded_at.date(), fresh.stale) == ("some-model", date(2026, 11, 1), False)
    assert stale.stale
    run, _ = made(perfect(gold()))
    noted = type(run)(run.record.model_copy(update={"cassette": stale}), run.scores, run.outcomes, run.adjudicate)
    assert "**Stale" in run_markdown(noted)


def test_recorded_replies_are_evaluated_offline_and_a_miss_fails_loudly(fazhi_eval, monkeypatch, tmp_path):
    cassette = tmp_path / "replies.jsonl"
    monkeypatch.setenv("FAZHI_CASSETTE", str(cassette))
    monkeypatch.setenv("FAZHI_CASSETTE_MODE", "record")
    recorded = fazhi_eval("run", "--only", "shilu-2022", "--repeats", 2, "--label", "recorded")
    assert recorded.code == 0, recorded.err
    monkeypatch.delenv("FAZHI_CASSETTE")
    monkeypatch.delenv("FAZHI_CASSETTE_MODE")
    played = fazhi_eval("run", "--only", "shilu-2022", "--repeats", 2, "--cassette", cassette, "--out", "played")
    assert played.code == 0, played.err
    assert "cassette replies.jsonl" in played.out
    assert "stale" not in played.out
    assert "right in all repeats" in played.out
    (before,), (after,) = ((tmp_path / "runs").iterdir(), (tmp_path / "played").iterdir())
    assert read_run(before).outcomes == read_run(after).outcomes
    missed = fazhi_eval("run", "--only", "wudu-2024", "--cassette", cassette)
    assert missed.code == 2
    assert "no reply to request" in missed.err
    assert "Traceback" not in missed.err
    head, _, replies = cassette.read_text("utf-8").partition("\n")
    old = json.loads(head) | {"prompt": "read_section/v0+0123456789ab"}
    cassette.write_text(json.dumps(old) + "\n" + replies, "utf-8")
    stale = fazhi_eval("run", "--only", "wudu-2024", "--cassette", cassette)
    assert stale.code == 2
    assert "is stale" in stale.err
    answered = fazhi_eval("run", "--only", "shilu-2022", "--cassette", cassette, "--out", "old")
    assert answered.code == 0
    assert "stale: the prompt has changed" in answered.out


def test_the_suite_is_imported_without_a_language_model_client():
    import subprocess

    code = "import evals.gate, evals.lint, evals.judge, evals.stats, sys; print('openai' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert found.stdout.strip() == "False"


def test_an_output_that_cannot_be_written_is_told_in_one_sentence(fazhi_eval, tmp_path):
    (tmp_path / "r.txt").write_text("二、成效\n受理41件。", "utf-8")
    ended = fazhi_eval("draft", "r.txt", "--output", "missing/r.json")
    assert ended.code == 2
    assert "missing/r.json cannot be opened or written: No such file or directory." in ended.err.replace("\n", "")


def test_a_home_without_gold_is_no_clean_lint(fazhi_eval, tmp_path):
    ended = fazhi_eval("lint", "--home", tmp_path, "--texts", tmp_path)
    assert ended.code == 2
    assert "There is no gold in" in ended.err
