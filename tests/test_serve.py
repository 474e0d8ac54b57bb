"""The commands as a person runs them: one machine, one command; stopping, starting again, what they say."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from service_parts import ask_twice

from service.cli.app import main

ROOT = Path(__file__).parent.parent
REPORT = "青岚县2023年法治政府建设报告\n一、主要举措和成效\n全年收到行政复议申请131件，受理94件，审结87件。\n"
COMMAND = [sys.executable, "-c", "from service.cli.app import main; main()"]


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fz") as folder:
        yield Path(folder)


def environment(home: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FAZHI_", "OPENAI_", "REDIS_"))}
    return {**clean, "FAZHI_DATA_DIR": str(home), "FAZHI_LOG_LEVEL": "warning", "COLUMNS": "200", **more}


class Fazhi:
    """The command in this process: a new one takes seconds to import what is here already. (code, stdout, stderr)."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self._patch, self._captured = patch, captured
        for name in list(os.environ):
            if name.startswith(("FAZHI_", "OPENAI_", "REDIS_")):
                patch.delenv(name)
        for name, value in environment(home).items():
            patch.setenv(name, value)

    def __call__(self, *words: str) -> tuple[int, str, str]:
        self._patch.setattr(sys, "argv", ["fazhi", *words])
        self._captured.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        told = self._captured.readouterr()
        return code, told.out, told.err


@pytest.fixture
def fazhi(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fazhi:
    return Fazhi(home, monkeypatch, capsys)


@contextlib.contextmanager
def running(home: Path, *words: str, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, and the address that it announced."""
    log = (home / "log").open("a+")
    process = subprocess.Popen(
        [*COMMAND, *words, "--port", "0"],
        env=environment(home, **more),
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        found = re.search(r"http://\S+:\d+", process.stdout.readline())
        assert found, (home / "log").read_text()
        yield process, found[0]
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        process.stdout.close()
        log.close()


def read(client: httpx2.Client, address: str, text: str = REPORT) -> dict[str, object]:
    answer = client.post(f"{address}/v1/extractions", json={"text": text}, headers={"prefer": "wait=30"}, timeout=40)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_one_command_serves_outlives_its_worker_stops_and_remembers(home: Path, fazhi: Fazhi) -> None:
    with httpx2.Client(trust_env=False) as client:
        # What was handed to a worker that dies is handed out again after its lease.
        with running(home, "serve", FAZHI_LEASE_SECONDS="1") as (process, address):
            job = read(client, address)
            assert job["status"] == "completed"
            result = client.get(f"{address}/v1/extractions/{job['id']}/result").json()
            assert {one["quote"] for one in result["observations"]} <= {"131件", "94件", "87件"}
            for one in result["observations"]:
                assert REPORT[one["start"] : one["end"]] == one["quote"]
            first = _worker_of(process.pid)
            os.kill(first, signal.SIGKILL)
            assert str(job["id"]) in fazhi("jobs", "list")[1]
            assert json.loads(fazhi("jobs", "show", str(job["id"]))[1])["status"] == "completed"
            code, _, told = fazhi("jobs", "retry", str(job["id"]))
            assert (code, "Traceback" in told) == (2, False)
            assert re.match(r"\d+ readings?,", fazhi("cache", "stats")[1])
            assert read(client, address, REPORT + "又受理3件。")["status"] == "completed"
            assert _worker_of(process.pid) != first
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=15) == 0
        with running(home, "serve") as (process, address):
            assert client.get(f"{address}/v1/extractions/{job['id']}").json() == job
            again = read(client, address)
            assert again["progress"]["from_cache"] == again["progress"]["parts"] > 0  # type: ignore[index]
            # A worker without a parent stops.
            orphan = _worker_of(process.pid)
            process.kill()
            process.wait()
            deadline = time.monotonic() + 15
            while Path(f"/proc/{orphan}").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not Path(f"/proc/{orphan}").exists()
    assert fazhi("jobs", "list")[0] == 0
    assert "Traceback" not in (home / "log").read_text()
    assert "行政复议" not in (home / "log").read_text()


def test_two_interrupts_stop_everything_at_once(home: Path) -> None:
    with running(home, "serve") as (process, _):
        ask_twice(process.pid, signal.SIGINT)
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("words", "more", "said"),
    [
        (("serve", "--host", "0.0.0.0"), {}, "FAZHI_API_KEYS"),
        (("api", "--port", "0"), {"FAZHI_API_KEYS": "ann:short"}, "shorter than 16"),
        (("api", "--host", "999.1.1.1"), {"FAZHI_API_KEYS": "ann:0123456789abcdef"}, "--port"),
        (("jobs", "show", "ext_x"), {}, "no job ext_x"),
        (("jobs", "cancel", "ext_x"), {}, "unknown"),
        (("jobs", "list", "--status", "done"), {}, "queued, in_progress"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    home: Path,
    words: tuple[str, ...],
    more: dict[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment(home, **more).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["fazhi", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told
    assert "Traceback" not in told
    assert "ann:short" not in told


def _worker_of(parent: int) -> int:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    for child in children:
        if "--until-stdin-ends" in Path(f"/proc/{child}/cmdline").read_text():
            return int(child)
    raise AssertionError("no worker")
