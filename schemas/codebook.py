"""
The codebook: 213 indicators with definitions, usual units, phrasings and neighbours. Data with a version.

Codes of 2026-11 are never renamed, split or removed. It knows nothing of how an indicator is chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict

CODEBOOK_VERSION: Final = "2026-12"


class Indicator(BaseModel):
    """One code. `units` are the usual ones, not a closed list; `examples` are phrasings with N for figures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    topic: str
    label_zh: str
    definition_zh: str
    units: tuple[str, ...]
    kind: Literal["count", "rate", "amount", "duration", "area"]
    examples: tuple[str, ...]
    not_: tuple[str, ...]


@dataclass(frozen=True)
class Codebook:
    """All indicators by code, in the order of the file."""

    version: str
    indicators: Mapping[str, Indicator]

    def __contains__(self, code: object) -> bool:
        return code in self.indicators

    def topic(self, code: str) -> str:
        """The topic of a known code; KeyError otherwise."""
        return self.indicators[code].topic


@cache
def load_codebook(version: str = CODEBOOK_VERSION) -> Codebook:
    """Read `schemas/codebooks/<version>.yaml`; FileNotFoundError for a version that is not shipped."""
    raw = files("schemas").joinpath("codebooks", f"{version}.yaml").read_text("utf-8")
    rows = yaml.load(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  the C safe loader is safe
    indicators = [Indicator(not_=tuple(row.pop("not")), **row) for row in rows]
    return Codebook(version=version, indicators={one.code: one for one in indicators})
