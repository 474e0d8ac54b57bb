"""The command line, run as a person runs it."""

import csv
import io
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from schemas.extraction import Extraction

REPORT = (
    "青岚县2023年法治政府建设年度报告\n\n一、主要举措和成效\n(一)行政复议。全年收到行政复议申请47件,受理41件。\n"
    "二、存在的问题\n一是执法力量薄弱。\n三、2024年工作安排\n一是加强培训。\n"
)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment of its own: no key, no Redis, its own data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FAZHI_", "OPENAI_", "REDIS_"))}
    return {**kept, "FAZHI_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "120"}


def fazhi(home: dict[str, str], *words: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    command = [str(Path(sys.executable).parent / "fazhi"), *words]
    return subprocess.run(command, env=home, input=given, capture_output=True, timeout=120, check=False)


def test_a_folder_becomes_results_and_the_second_run_asks_the_model_nothing(
    home: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "r.txt").write_text(REPORT, "utf-8")
    first = fazhi(home, "read", str(tmp_path / "in"), "--output", str(tmp_path / "out"))
    assert first.returncode == 0, first.stderr
    result = Extraction.model_validate_json((tmp_path / "out" / "r.json").read_bytes())
    assert [one.value for one in result.observations] == ["47", "41"]
    assert result.usage.calls > 0
    again = fazhi(home, "read", str(tmp_path / "in"), "--output", str(tmp_path / "other"))
    assert again.returncode == 0
    kept = Extraction.model_validate_json((tmp_path / "other" / "r.json").read_bytes())
    assert (kept.usage.calls, kept.usage.parts_from_cache) == (0, kept.usage.parts)
    assert kept.observations == result.observations


def test_standard_input_to_csv_on_standard_output(home: dict[str, str]) -> None:
    done = fazhi(home, "read", "-", "--format", "csv", "--no-cache", given=REPORT.encode())
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [(row["value"], row["unit"]) for row in rows] == [("47", "件"), ("41", "件")]
    assert b"2 observations" in done.stderr


def test_jsonl_is_one_result_a_line(home: dict[str, str], tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(REPORT, "utf-8")
    done = fazhi(home, "read", str(tmp_path / "a.txt"), str(tmp_path / "b.txt"), "--format", "jsonl", "--no-cache")
    assert [Extraction.model_validate_json(line).report.year for line in done.stdout.splitlines()] == [2023, 2023]


def test_one_bad_file_among_good_ones_exits_1_and_the_good_ones_are_written(
    home: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.txt").write_text(REPORT, "utf-8")
    (tmp_path / "in" / "bad.pdf").write_bytes(b"%PDF-1.4 broken")
    done = fazhi(home, "read", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--no-cache")
    assert done.returncode == 1
    assert (tmp_path / "out" / "good.json").exists()
    assert b"bad.pdf: not read: The PDF is broken" in done.stderr


@pytest.mark.parametrize(
    ("words", "env", "says"),
    [
        (["read", "nowhere.txt"], {}, "There is no file or folder nowhere.txt; give files, folders, or -"),
        (["read", "-", "--format", "html"], {}, "--output DIR"),
        (["read", "-"], {"FAZHI_MAX_BYTES": "many"}, "FAZHI_MAX_BYTES"),
        (["read", "-"], {"OPENAI_API_KEY": "sk-very-secret"}, "set FAZHI_MODEL"),
        (["read", "-", "--model", "some-model"], {}, "needs an endpoint"),
        (["codebook", "没有这个"], {}, "fazhi codebook"),
        (["read", "-", "--jobs", "0"], {}, "--jobs"),
    ],
)
def test_wrong_usage_exits_2_with_one_sentence_and_no_traceback(
    home: dict[str, str], words: list[str], env: dict[str, str], says: str
) -> None:
    done = fazhi({**home, **env}, *words, given=REPORT.encode())
    assert done.returncode == 2
    assert says in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert b"very-secret" not in done.stderr


def test_what_was_kept_is_told_once_and_its_tokens_are_not_counted_again(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(REPORT, "utf-8")
    words = ("read", str(tmp_path / "r.txt"), "-o", str(tmp_path / "out"), "--no-cache")
    assert fazhi(home, *words).returncode == 0
    again = fazhi(home, *words)
    (row,) = [line.split() for line in again.stdout.decode().splitlines() if line.startswith("r.txt")]
    assert row[-1] == "kept"
    assert "r.txt" not in again.stderr.decode()
    assert "0 reports read with fazhi-offline" in again.stderr.decode()
    assert "1 kept as read before; everything read" in again.stderr.decode()


def test_why_something_is_unread_is_told_with_what_to_do(home: dict[str, str]) -> None:
    dead = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "FAZHI_MODEL": "m", "FAZHI_MODEL_ATTEMPTS": "1"}
    done = fazhi({**home, **dead}, "read", "-", "--no-cache", given=REPORT.encode())
    assert done.returncode == 1
    assert "1 with something unread" in done.stderr.decode()
    assert "Unread: the model could not be reached or was too busy; check OPENAI_BASE_URL" in done.stderr.decode()


def test_one_observation_is_not_called_observations(home: dict[str, str]) -> None:
    done = fazhi(home, "read", "-", "--no-cache", given="二、成效\n全年受理行政复议申请41件。\n".encode())
    assert "1 observation, 1 set aside, 0 unread; 1 part, " in done.stderr.decode()


def test_brackets_in_a_path_are_no_markup(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "[red]r.txt").write_text(REPORT, "utf-8")
    done = fazhi(home, "read", str(tmp_path / "[red]r.txt"), "--output", str(tmp_path / "[/out]"), "--format", "html")
    assert done.returncode == 0, done.stderr
    assert b"[red]r.txt: 2 observations" in done.stderr
    assert f"results in {tmp_path / '[/out]'}".encode() in done.stderr


def test_the_version_is_that_of_the_package(home: dict[str, str]) -> None:
    assert fazhi(home, "--version").stdout.decode() == f"fazhi {version('fazhi')}\n"


def test_a_path_that_is_not_there_costs_no_import_of_the_model(home: dict[str, str]) -> None:
    done = fazhi({**home, "PYTHONPROFILEIMPORTTIME": "1"}, "read", "nowhere.txt")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}
    assert "service.batch" in imported
    assert not imported & {"openai", "instructor", "service.extract"}


def test_the_schema_is_the_contract(home: dict[str, str]) -> None:
    assert json.loads(fazhi(home, "schema").stdout) == Extraction.model_json_schema()


def test_the_codebook_explains_a_code_a_topic_and_all(home: dict[str, str]) -> None:
    assert "复议受理" in fazhi(home, "codebook", "administrative_review.accepted").stdout.decode()
    assert "government_study" in fazhi(home, "codebook", "training").stdout.decode()
    assert "213 indicators" in fazhi(home, "codebook").stdout.decode()


def test_an_estimate_asks_nothing_and_counts_parts_and_tokens(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(REPORT, "utf-8")
    done = fazhi(home, "read", str(tmp_path / "r.txt"), "--estimate")
    assert done.returncode == 0, done.stderr
    assert "prompt tokens" in done.stdout.decode()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("output", "env", "says"),
    [("r.txt", {}, "cannot be made"), ("out", {"REDIS_URL": "nonsense"}, "REDIS_URL: ")],
)
def test_an_output_or_a_redis_that_cannot_be_is_told_in_one_sentence(
    home: dict[str, str], tmp_path: Path, output: str, env: dict[str, str], says: str
) -> None:
    (tmp_path / "r.txt").write_text(REPORT, "utf-8")
    done = fazhi({**home, **env}, "read", str(tmp_path / "r.txt"), "-o", str(tmp_path / output), "--no-cache")
    assert done.returncode == 2
    assert says in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_redis_that_is_away_is_told_on_standard_error_and_the_data_stay_clean(home: dict[str, str]) -> None:
    done = fazhi({**home, "REDIS_URL": "redis://127.0.0.1:1/0"}, "read", "-", "--format", "csv", given=REPORT.encode())
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().startswith("report,")
    assert b"cache_unavailable" in done.stderr


def test_a_document_that_is_not_read_here_is_named_in_a_folder(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0 old word")
    done = fazhi(home, "read", str(tmp_path / "in"), "--no-cache")
    assert done.returncode == 1
    assert b"old.doc: not read: The input is an old Word document" in done.stderr
