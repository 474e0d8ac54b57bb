"""
The environment, read once, at the roof.

Every setting is named in the README. Rooms never see this object: they take plain values from `wiring`.
"""

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.errors import ConfigurationError


class Settings(BaseSettings):
    """All settings with their defaults; the variable is the field's name in capitals after FAZHI_, but where an alias is given."""

    model_config = SettingsConfigDict(env_prefix="FAZHI_", extra="ignore", populate_by_name=True, frozen=True)

    # the model
    openai_api_key: SecretStr | None = Field(None, validation_alias=AliasChoices("OPENAI_API_KEY", "openai_api_key"))
    openai_base_url: str | None = Field(None, validation_alias=AliasChoices("OPENAI_BASE_URL", "openai_base_url"))
    model: str | None = Field(None, description="model name; without a key and an endpoint the offline model reads")
    mode: Literal["auto", "json_schema", "tools", "json_object"] = "auto"
    model_timeout_seconds: Annotated[float, Field(gt=0)] = 120.0
    model_attempts: Annotated[int, Field(ge=1, le=20)] = 5
    model_retry_seconds: Annotated[float, Field(gt=0)] = 180.0
    max_corrections: Annotated[int, Field(ge=0, le=5)] = 2
    max_completion_tokens: Annotated[int, Field(ge=256)] = 4096
    temperature: float | None = 0.0
    calls_at_once: Annotated[int, Field(ge=1)] = 16
    requests_per_minute: Annotated[int, Field(ge=1)] | None = None
    tokens_per_minute: Annotated[int, Field(ge=1)] | None = None
    prices: Path | None = Field(None, description="a JSON price table, see README")
    max_tokens_per_report: Annotated[int, Field(ge=1)] | None = None
    max_tokens_per_run: Annotated[int, Field(ge=1)] | None = None
    cassette: Path | None = None
    cassette_mode: Literal["off", "record", "replay"] = "off"

    # input
    max_bytes: Annotated[int, Field(ge=1)] = 5 * 1024 * 1024
    max_characters: Annotated[int, Field(ge=1)] = 500_000

    # Redis
    redis_url: SecretStr | None = Field(None, validation_alias=AliasChoices("REDIS_URL", "redis_url"))
    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("fazhi", appauthor=False)))
    cache_ttl_days: Annotated[float, Field(gt=0)] = 90.0

    # worker
    worker_concurrency: Annotated[int, Field(ge=1, le=256)] = 4
    job_attempts: Annotated[int, Field(ge=1)] = 3
    job_seconds: Annotated[float, Field(gt=0)] = 1800.0
    lease_seconds: Annotated[float, Field(ge=1)] = 15.0
    shutdown_seconds: Annotated[float, Field(gt=0)] = 30.0
    result_ttl_days: Annotated[float, Field(gt=0)] = 7.0
    tombstone_ttl_days: Annotated[float, Field(gt=0)] = 30.0

    # HTTP
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field((), description="comma-separated name:key pairs")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    max_queue: Annotated[int, Field(ge=1)] = 10_000
    requests_per_key_per_minute: Annotated[int, Field(ge=1)] = 6000

    # logs
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    @field_validator("openai_api_key", "openai_base_url", "redis_url", "model", mode="before")
    @classmethod
    def _empty_is_not_set(cls, value: object) -> object:
        """As compose files and shells write it: `OPENAI_API_KEY=`."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("api_keys", "cors_origins", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("write it as redis://host:port/0, rediss://… or unix:///path")
        return value

    @property
    def is_offline(self) -> bool:
        """No key and no endpoint: the offline model reads."""
        return self.openai_api_key is None and self.openai_base_url is None


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, with the command line's on top; ConfigurationError names each wrong variable."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(f"{_variable(one['loc'])}: {one['msg']}" for one in error.errors(include_input=False))
        raise ConfigurationError(f"Wrong setting: {wrong}.") from None


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "settings"
    return name if name.isupper() else f"FAZHI_{name.upper()}"
