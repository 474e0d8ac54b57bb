"""What tests of several files share: where they are imported from, and a browser for the tests of pages."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

sys.path.insert(0, str(Path(__file__).parent.parent))  # `from tests.service_parts import …`, however pytest is started

from browser import chromium
from playwright.sync_api import Browser

from tests.service_parts import valkey


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each file, because Playwright holds the event loop of its thread while it is open."""
    with chromium() as one:
        yield one


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """The URL of a server that lives as long as the test run, never one that is there already."""
    with valkey() as server:
        yield server.url


@pytest.fixture
def redis_url(valkey_server: str) -> str:
    """An empty database, the test's own."""
    with redis.Redis.from_url(valkey_server) as client:
        client.flushall()
    return valkey_server
