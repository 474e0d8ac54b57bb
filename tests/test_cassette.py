"""Recorded replies: the same request gives the same reply, and anything else fails loudly."""

import json
from pathlib import Path

import httpx2
import pytest

from service.asking.cassette import Cassette, CassetteMiss, Player, Recorder
from service.errors import ConfigurationError
from service.offline_model.faults import Schedule
from service.offline_model.wire import BASE_URL, OfflineModel
from tests.model_path import PROMPT, asking, part, reader

PART = part("收到复议申请[[130件]],受理[[97件]]。")


async def record(path: Path, application: OfflineModel, times: int = 1) -> list[object]:
    recorder = Recorder(path, httpx2.ASGITransport(app=application), model="fazhi-offline", prompt=PROMPT.fingerprint)
    async with httpx2.AsyncClient(transport=recorder) as client, asking(BASE_URL, http_client=client) as asked:
        return [(await reader(asked.model).read(PART)).reading for _ in range(times)]


async def replay(path: Path, of_part: object = PART, times: int = 1, prompt: str = PROMPT.fingerprint) -> list[object]:
    player = Player(Cassette.load(path), prompt=prompt)
    async with httpx2.AsyncClient(transport=player) as client, asking(BASE_URL, http_client=client) as asked:
        return [(await reader(asked.model).read(of_part)).reading for _ in range(times)]  # type: ignore[arg-type]


async def test_what_was_recorded_is_played_again(tmp_path: Path) -> None:
    path = tmp_path / "tapes" / "one.jsonl"
    recorded = await record(path, OfflineModel())
    assert await replay(path) == recorded
    assert Cassette.load(path).head.prompt == PROMPT.fingerprint
    assert len(Cassette.load(path)) == 1


async def test_repeats_of_one_request_are_kept_apart(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    application = OfflineModel(schedule=Schedule([None, "unanswered"]))
    recorded = await record(path, application, times=2)
    assert len(Cassette.load(path)) == 3  # the second asked for a correction
    assert await replay(path, times=2) == recorded
    with pytest.raises(CassetteMiss, match="repeat 2"):
        await replay(path, times=3)


async def test_a_miss_fails_loudly_and_is_not_retried(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    await record(path, OfflineModel())
    with pytest.raises(CassetteMiss, match=r"one\.jsonl has no reply to request"):
        await replay(path, part("收到复议申请[[116件]]。"))


async def test_a_miss_says_when_the_prompt_has_changed_since(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    await record(path, OfflineModel())
    with pytest.raises(CassetteMiss, match="recorded with the prompt read_section/v1"):
        await replay(path, part("收到[[1件]]。"), prompt="read_section/v2+0")


async def test_faults_that_a_retry_mends_are_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    application = OfflineModel(
        schedule=Schedule(["rate_limited", "server_error", "web_page"]), retry_after_seconds=0.01
    )
    recorded = await record(path, application)
    assert len(Cassette.load(path)) == 1
    assert await replay(path) == recorded


async def test_no_key_and_no_prompt_is_written(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    await record(path, OfflineModel())
    written = path.read_text("utf-8")
    assert "sk-secret" not in written
    assert "authorization" not in written.lower()
    assert "代码表" not in written
    assert all(isinstance(json.loads(line), dict) for line in written.splitlines())


async def test_a_recording_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    await record(path, OfflineModel())
    with pytest.raises(ConfigurationError, match="exists"):
        await record(path, OfflineModel())


@pytest.mark.parametrize(
    "content", [None, "", "no json", '{"model":"m"}', '{"model":"m","prompt":"p","recorded_at":"t","format":9}']
)
def test_what_is_no_cassette_is_a_configuration_error(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "one.jsonl"
    if content is not None:
        path.write_text(content, "utf-8")
    with pytest.raises(ConfigurationError):
        Cassette.load(path)


async def test_a_refusal_of_the_endpoint_is_recorded_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    recorded = await record(path, OfflineModel(schedule=Schedule(["filtered_before"])))
    assert await replay(path) == recorded
