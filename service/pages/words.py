"""
The words of the pages, Chinese and English, and how values are said.

It knows `words.json` (page -> key -> [Chinese, English]) and the names of topics; nothing of any page's layout.
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
Page = Literal["home", "evidence", "compare"]
HEDGES: Final = {"exact": "", "more_than": "≥", "less_than": "≤", "about": "≈"}


@cache
def words(page: Page) -> Mapping[str, tuple[str, str]]:
    """Every key that a page may say with its Chinese and English words; `{name}` in them is filled in when said."""
    raw = json.loads(files("service.pages").joinpath("words.json").read_text("utf-8"))
    return {key: (both[0], both[1]) for key, both in (raw["shared"] | raw[page]).items()}


class Speaker:
    """Says a page's keys in one language, so that its script can say them again in the other."""

    def __init__(self, page: Page, language: Language) -> None:
        self.language = language
        self._words = words(page)
        self._at = 0 if language == "zh" else 1

    def plain(self, key: str, **values: object) -> str:
        """The words alone; KeyError for a key that the page does not have."""
        said = self._words[key][self._at]
        return said.format(**values) if values else said

    def knows(self, key: str) -> bool:
        """Whether the page has words for a key that comes from elsewhere."""
        return key in self._words

    def text(self, key: str, **values: object) -> Markup:
        """The words in an element that can change its language."""
        told = Markup(' data-tv="{}"').format(json.dumps(values, ensure_ascii=False)) if values else ""
        return Markup('<span data-t="{}"{}>{}</span>').format(key, told, self.plain(key, **values))

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
