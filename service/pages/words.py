"""
The words of the pages, Chinese and English, and how values are said.

It knows `words.json` (key -> [Chinese, English]) and the names of topics; nothing of any page's layout.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from markupsafe import Markup, escape

from schemas.codebook import Codebook
from schemas.extraction import Observation

Language = Literal["zh", "en"]
HEDGES: Final = {"exact": "", "more_than": "≥", "less_than": "≤", "about": "≈"}


@cache
def words() -> Mapping[str, tuple[str, str]]:
    """Every key with its Chinese and English words."""
    raw = json.loads(files("service.pages").joinpath("words.json").read_text("utf-8"))
    return {key: (both[0], both[1]) for key, both in raw.items()}


class Speaker:
    """Says keys in one language, so that the page's script can say them again in the other."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._at = 0 if language == "zh" else 1

    def plain(self, key: str) -> str:
        """The words alone; KeyError for a key that `words.json` does not have."""
        return words()[key][self._at]

    def text(self, key: str) -> Markup:
        """The words in an element that can change its language."""
        return Markup('<span data-t="{}">{}</span>').format(key, self.plain(key))

    def attributes(self, **keys: str) -> Markup:
        """Attributes (`aria_label="key"`) that can change their language."""
        named = {name.replace("_", "-"): key for name, key in keys.items()}
        said = " ".join(f'{name}="{escape(self.plain(key))}"' for name, key in named.items())
        told = " ".join(f"{name}:{key}" for name, key in named.items())
        return Markup(f'{said} data-ta="{escape(told)}"')  # noqa: S704  escaped above


def topic_numbers(codebook: Codebook) -> dict[str, int]:
    """A number for each topic, in the codebook's order: its colour."""
    return {
        topic: number for number, topic in enumerate(dict.fromkeys(one.topic for one in codebook.indicators.values()))
    }


def label(codebook: Codebook, code: str) -> str:
    """An indicator's label; the code itself where a result is older or newer than the codebook."""
    return codebook.indicators[code].label_zh if code in codebook else code


def figure(one: Observation) -> str:
    """A value as a person reads it: grouped digits, a range with a dash, the hedge as a sign."""
    value = grouped(one.value) + (f"–{grouped(one.value_to)}" if one.value_to is not None else "")
    return HEDGES[one.qualifier] + value


def grouped(digits: str) -> str:
    """`1234567.5` as `1,234,567.5`; anything that is no plain decimal as it is."""
    whole, point, rest = digits.partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.isascii() and whole.isdigit() and len(whole) < 40 else digits
