"""
Settings become things, here and nowhere else.

It knows every constructor and no rule: what a thing does is told in its own room.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx2
from redis.asyncio import Redis

from schemas.codebook import Codebook, load_codebook
from schemas.extraction import Provenance
from schemas.outline import LoadedText
from service import mark, quantity, split
from service.cache import ReadingCache
from service.endpoint import Endpoint
from service.errors import ConfigurationError
from service.extract import Extractor, Versions
from service.load import load
from service.model import Model
from service.offline_model import OFFLINE_NAME, OfflineModel, offline_fingerprint
from service.part_source import PartSource, Shape
from service.prompt import Prompt
from service.read_part import PartReader
from service.retry import Patience
from service.settings import Settings
from service.valkey import EmbeddedValkey

DAY_SECONDS: Final = 86_400
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
    """Reading, ready: model, cache, extractor. ConfigurationError where the settings do not fit together."""
    codebook = load_codebook()
    prompt = Prompt(codebook)
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(open_redis(settings)) if use_cache else None
        endpoint, client = _endpoint(settings)
        model = Model(
            endpoint,
            patience=Patience(
                attempts=settings.model_attempts,
                seconds=settings.model_retry_seconds,
                call_seconds=settings.model_timeout_seconds,
            ),
            http_client=client,
        )
        stack.push_async_callback(model.aclose)
        reader = PartReader(prompt, model, codebook, quantity.surfaces, max_corrections=settings.max_corrections)
        cache = None
        if redis is not None:
            cache = ReadingCache(redis, ttl_seconds=settings.cache_ttl_days * DAY_SECONDS)
        name = _model_name(settings, endpoint)
        shape = Shape(
            model=name,
            host=endpoint.host,
            mode=endpoint.mode,
            temperature=endpoint.temperature,
            splitter=split.SPLITTER_VERSION,
            scanner=mark.SCANNER_VERSION,
        )
        versions = Versions(prompt=prompt.fingerprint, model=name, mode=endpoint.mode)
        extractor = Extractor(PartSource(reader, prompt, cache, shape), codebook, versions)
        yield Program(
            extractor=extractor,
            load=make_loader(settings),
            codebook=codebook,
            provenance=extractor.provenance(),
            model_name=name,
            redis=redis,
        )


def _endpoint(settings: Settings) -> tuple[Endpoint, httpx2.AsyncClient | None]:
    """The endpoint of the settings, or the offline model inside this process."""
    if settings.is_offline:
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(OfflineModel()))
        return Endpoint("http://offline.invalid/v1", "none", OFFLINE_NAME, mode="json_schema"), client
    if settings.model is None:
        raise ConfigurationError("OPENAI_API_KEY or OPENAI_BASE_URL is set but no model; set FAZHI_MODEL or --model.")
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    return (
        Endpoint(
            settings.openai_base_url or "https://api.openai.com/v1",
            key,
            settings.model,
            mode=settings.mode,
            temperature=settings.temperature,
            max_completion_tokens=settings.max_completion_tokens,
        ),
        None,
    )


def _model_name(settings: Settings, endpoint: Endpoint) -> str:
    """As results tell it; the offline model's name says which weights it read with."""
    return f"{endpoint.model}@{offline_fingerprint()}" if settings.is_offline else endpoint.model
