"""The embedded server: adopted, shared, stopped by its last client, alive again when it died."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from service.errors import ConfigurationError
from service.valkey import EmbeddedValkey, socket_path

HOLD = """
import sys, time
from pathlib import Path
from service.valkey import EmbeddedValkey
EmbeddedValkey(Path(sys.argv[1])).start()
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fz") as own:
        yield Path(own) / "valkey"


def ask(url: str, command: str, *words: str) -> object:
    client = Redis.from_url(url)
    try:
        return client.execute_command(command, *words)
    finally:
        client.close()


def process_of(url: str) -> int:
    client = Redis.from_url(url)
    try:
        return int(client.info("server")["process_id"])
    finally:
        client.close()


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_second_client_adopts_the_server_and_the_last_one_stops_it(folder: Path) -> None:
    first, second = EmbeddedValkey(folder), EmbeddedValkey(folder)
    assert first.start() == second.start()
    server = process_of(first.url)
    first.close()
    assert ask(second.url, "PING")
    second.close()
    assert not alive(server)
    second.close()


def test_what_was_written_is_there_after_a_stop_and_after_a_kill(folder: Path) -> None:
    with EmbeddedValkey(folder) as server:
        ask(server.url, "SET", "a", "1")
    with EmbeddedValkey(folder) as server:
        assert ask(server.url, "GET", "a") == b"1"
        ask(server.url, "SET", "b", "2")
        os.kill(process_of(server.url), signal.SIGKILL)
        time.sleep(0.05)
        assert server.revive()
        assert ask(server.url, "GET", "b") == b"2"
        assert not server.revive()


def test_an_orphan_is_adopted_and_stopped_by_its_new_client(folder: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"ready\n"
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with EmbeddedValkey(folder) as server:
        process = process_of(server.url)
        assert ask(server.url, "PING")
    assert not alive(process)


def test_a_client_that_is_killed_holds_nothing(folder: Path) -> None:
    with EmbeddedValkey(folder) as server:
        process = process_of(server.url)
        holder = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE)
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        holder.kill()
        holder.wait()
        holder.stdout.close()
        assert ask(server.url, "PING")
    assert not alive(process)


def test_a_stale_socket_is_no_obstacle(folder: Path) -> None:
    folder.mkdir(parents=True)
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(folder / "valkey.sock"))
    stale.close()
    with EmbeddedValkey(folder) as server:
        assert ask(server.url, "PING")


def test_a_long_path_gets_a_short_socket_and_everything_stays_private(folder: Path) -> None:
    deep = folder / ("长" * 30) / ("x" * 60)
    assert len(os.fsencode(socket_path(deep))) <= 100
    with EmbeddedValkey(deep) as server:
        assert ask(server.url, "PING")
        assert socket_path(deep).parent.stat().st_mode & 0o777 == 0o700
        assert deep.stat().st_mode & 0o777 == 0o700
        assert (deep / "appendonlydir").exists()
    socket_path(deep).parent.rmdir()


def test_a_folder_that_cannot_be_used_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="FAZHI_DATA_DIR"):
        EmbeddedValkey(tmp_path / "file" / "valkey").start()


def test_it_writes_before_it_answers_and_never_evicts(folder: Path) -> None:
    with EmbeddedValkey(folder) as server:
        client = Redis.from_url(server.url)
        said = client.config_get("*")
        client.close()
    assert (said["appendonly"], said["appendfsync"], said["maxmemory-policy"]) == ("yes", "always", "noeviction")
