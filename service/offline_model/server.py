"""
The offline model on a port, in a thread of its own: an endpoint like any other, for tests, trials and benches.

It knows how to start and stop a server and nothing of what it serves.
"""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from service.offline_model.wire import OfflineModel

START_SECONDS: Final = 10.0


@contextmanager
def serve(model: OfflineModel, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve `model` for the length of the block; the base URL for an OpenAI client."""
    listener = socket.create_server((host, port))
    config = uvicorn.Config(model, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    # A connection dropped on purpose is no news.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True, name="offline-model")
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.005)
    try:
        yield f"http://{host}:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join(timeout=START_SECONDS)
        listener.close()
