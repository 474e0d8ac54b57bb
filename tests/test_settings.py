"""The environment, read once: what is set, what counts as not set, what is wrong."""

import pytest

from service.errors import ConfigurationError
from service.settings import load_settings

NAMES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "REDIS_URL", "FAZHI_MODEL")


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, empty: str) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, empty)
    settings = load_settings()
    assert settings.is_offline
    assert (settings.openai_api_key, settings.openai_base_url) == (None, None)
    assert (settings.redis_url, settings.model) == (None, None)


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
def test_a_key_or_an_endpoint_is_enough_to_go_online(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for other in NAMES:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "http://127.0.0.1:1/v1")
    assert not load_settings().is_offline


def test_a_wrong_setting_is_named_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAZHI_PORT", "secret-words")
    with pytest.raises(ConfigurationError, match="FAZHI_PORT") as told:
        load_settings()
    assert "secret-words" not in str(told.value)
