"""
Settings become things, here and nowhere else.

It knows every constructor and no rule: what a thing does is told in its own room.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx2
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff

from schemas.call import Call
from schemas.codebook import Codebook, load_codebook
from schemas.extraction import Provenance
from schemas.mention import Part
from schemas.outline import LoadedText
from service.asking.cache import Counters, ReadingCache
from service.asking.cassette import Cassette, Player, Recorder
from service.asking.endpoint import Endpoint
from service.asking.limits import Limits
from service.asking.model import Model
from service.asking.part_source import PartSource, Shape
from service.asking.parts import TOKENS_A_MARK, TOKENS_A_REPLY
from service.asking.prompt import Prompt
from service.asking.read_part import PartReader
from service.asking.retry import Patience
from service.asking.spend import Budget, Estimate, Prices, estimate, read_prices
from service.asking.traces import record_call
from service.errors import ConfigurationError
from service.extract import Extractor, Versions
from service.offline_model import OFFLINE_NAME, OfflineModel, offline_fingerprint
from service.settings import Settings
from service.text import mark, quantity, split
from service.text.load import load
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
        redis = Redis.from_url(
            url,
            max_connections=1000,
            socket_timeout=40.0,
            socket_connect_timeout=5.0,
            # redis-py's own waits add up to seconds; the cache would rather do without.
            retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=0.2), 2),
        )
        stack.push_async_callback(redis.aclose)
        yield redis


@asynccontextmanager
async def open_program(
    settings: Settings,
    *,
    use_cache: bool = True,
    repeat: int = 0,
    counters: Counters | None = None,
    on_call: Callable[[Call], None] = lambda _: None,
    on_wait: Callable[[float], None] = lambda _: None,
    on_trace: Callable[[tuple[str, ...]], None] = lambda _: None,
) -> AsyncIterator[Program]:
    """
    Reading, ready: model, limits, budget, cache, extractor. ConfigurationError where the settings do not fit together.

    A `repeat` above 0 asks a model again what it was asked before; a cassette goes without the cache.
    """
    codebook = load_codebook()
    prompt = Prompt(codebook)
    async with AsyncExitStack() as stack:
        use_cache = use_cache and settings.cassette_mode == "off"
        redis = await stack.enter_async_context(open_redis(settings)) if use_cache else None
        endpoint, client = _endpoint(settings, prompt)
        limits = Limits(
            calls_at_once=settings.calls_at_once,
            requests_per_minute=settings.requests_per_minute,
            tokens_per_minute=settings.tokens_per_minute,
            redis=None if settings.is_offline else redis,
            scope=hashlib.sha256(f"{endpoint.base_url} {endpoint.model}".encode()).hexdigest()[:16],
            on_wait=on_wait,
        )
        model = Model(
            endpoint,
            patience=Patience(
                attempts=settings.model_attempts,
                seconds=settings.model_retry_seconds,
                call_seconds=settings.model_timeout_seconds,
            ),
            gate=limits,
            on_call=_all_of(record_call, on_call),
            http_client=client,
        )
        stack.push_async_callback(model.aclose)
        reader = PartReader(prompt, model, codebook, quantity.surfaces, max_corrections=settings.max_corrections)
        cache = None
        if redis is not None:
            cache = ReadingCache(redis, ttl_seconds=settings.cache_ttl_days * DAY_SECONDS, counters=counters)
        name = _result_name(endpoint)
        shape = Shape(
            model=name,
            host=endpoint.host,
            mode=endpoint.mode,
            temperature=endpoint.temperature,
            splitter=split.SPLITTER_VERSION,
            scanner=mark.SCANNER_VERSION,
            repeat=repeat,
        )
        prices = read_price_table(settings)
        budget = Budget(tokens_per_report=settings.max_tokens_per_report, tokens_per_run=settings.max_tokens_per_run)
        extractor = Extractor(
            PartSource(reader, prompt, cache, shape, on_trace),
            codebook,
            Versions(prompt=prompt.fingerprint, model=name, mode=endpoint.mode),
            price=lambda spent: prices.cost(spent) if prices else None,
            purse=budget.purse,
            expect=limits.expect,
        )
        yield Program(
            extractor=extractor,
            load=make_loader(settings),
            codebook=codebook,
            provenance=extractor.provenance(),
            model_name=name,
            redis=redis,
        )


def make_estimator(settings: Settings) -> Callable[[Sequence[Part]], Estimate]:
    """What reading parts would take, by this prompt and these prices; nothing is asked."""
    prompt = Prompt(load_codebook())
    prices = read_price_table(settings)

    def count(parts: Sequence[Part]) -> Estimate:
        requests = ((prompt.messages(part), TOKENS_A_REPLY + len(part.marks) * TOKENS_A_MARK) for part in parts)
        return estimate(requests, prices.cost if prices else None)

    return count


def _endpoint(settings: Settings, prompt: Prompt) -> tuple[Endpoint, httpx2.AsyncClient | None]:
    """The endpoint of the settings or the offline model in this process, behind a cassette where one is set."""
    if settings.cassette_mode != "off" and settings.cassette is None:
        raise ConfigurationError("FAZHI_CASSETTE_MODE is set but no file; set FAZHI_CASSETTE=path.")
    if settings.cassette_mode == "replay" and settings.cassette is not None:
        cassette = Cassette.load(settings.cassette)
        offline = cassette.head.model == OFFLINE_NAME
        endpoint = _offline() if offline else _online(settings, cassette.head.model)
        return endpoint, httpx2.AsyncClient(transport=Player(cassette, prompt=prompt.fingerprint))
    transport: httpx2.AsyncBaseTransport | None
    if settings.is_offline:
        if settings.model not in (None, OFFLINE_NAME):
            raise ConfigurationError(
                f"The model {settings.model} needs an endpoint; set OPENAI_API_KEY or OPENAI_BASE_URL, or leave it out."
            )
        endpoint, transport = _offline(), httpx2.ASGITransport(OfflineModel())  # type: ignore[arg-type]  # scopes as Mapping
    else:
        if settings.model is None:
            raise ConfigurationError("An endpoint or key is set but no model; set FAZHI_MODEL or --model.")
        endpoint, transport = _online(settings, settings.model), None
    if settings.cassette_mode == "record" and settings.cassette is not None:
        inner = transport or httpx2.AsyncHTTPTransport()
        transport = Recorder(settings.cassette, inner, model=endpoint.model, prompt=prompt.fingerprint)
    return endpoint, httpx2.AsyncClient(transport=transport) if transport else None


def _offline() -> Endpoint:
    return Endpoint("http://offline.invalid/v1", "none", OFFLINE_NAME, mode="json_schema")


def _online(settings: Settings, model: str) -> Endpoint:
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    return Endpoint(
        settings.openai_base_url or "https://api.openai.com/v1",
        key,
        settings.model or model,
        mode=settings.mode,
        temperature=settings.temperature,
        max_completion_tokens=settings.max_completion_tokens,
    )


def read_price_table(settings: Settings) -> Prices | None:
    """The prices of the model of the settings, None without a table or where it does not name the model."""
    if settings.prices is None:
        return None
    try:
        return read_prices(json.loads(settings.prices.read_text("utf-8")), settings.model or OFFLINE_NAME)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"The price table {settings.prices} cannot be read: {error}.") from None


def _result_name(endpoint: Endpoint) -> str:
    """As results tell it; the offline model's name says which weights it read with."""
    return f"{endpoint.model}@{offline_fingerprint()}" if endpoint.model == OFFLINE_NAME else endpoint.model


def _all_of(*hear: Callable[[Call], None]) -> Callable[[Call], None]:
    def tell(call: Call) -> None:
        for one in hear:
            one(call)

    return tell
