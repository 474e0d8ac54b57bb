"""
Settings become things, here and nowhere else.

It knows every constructor and no rule: what a thing does is told in its own room.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from schemas.codebook import Codebook, load_codebook
from schemas.extraction import Provenance
from schemas.outline import LoadedText
from service.extract import Extractor
from service.load import load
from service.settings import Settings
from service.valkey import EmbeddedValkey

Loader = Callable[[bytes, str], LoadedText]


@dataclass(frozen=True, slots=True)
class Program:
    """Everything that reading needs, ready."""

    extractor: Extractor
    load: Loader
    codebook: Codebook
    provenance: Provenance
    model_name: str
    redis: Redis | None


def make_loader(settings: Settings) -> Loader:
    """`load` with the limits of the settings."""

    def load_within_limits(data: bytes, name: str) -> LoadedText:
        return load(data, name=name, max_bytes=settings.max_bytes, max_characters=settings.max_characters)

    return load_within_limits


@asynccontextmanager
async def open_redis(settings: Settings) -> AsyncIterator[Redis]:
    """The Redis of REDIS_URL, or the embedded Valkey of the data folder; closed at the end."""
    async with AsyncExitStack() as stack:
        if settings.redis_url is not None:
            url = settings.redis_url.get_secret_value()
        else:
            url = stack.enter_context(EmbeddedValkey(settings.data_dir / "valkey")).url
        redis = Redis.from_url(url, max_connections=1000, socket_timeout=40.0, socket_connect_timeout=5.0)
        stack.push_async_callback(redis.aclose)
        yield redis


@asynccontextmanager
async def open_program(settings: Settings, *, use_cache: bool = True) -> AsyncIterator[Program]:
    """Reading, ready: model, cache, extractor."""
    codebook = load_codebook()
    raise NotImplementedError  # until the model path lands
    yield Program(None, make_loader(settings), codebook, None, "", None)  # type: ignore[arg-type,unreachable]
