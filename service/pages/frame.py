"""
A page in its frame: templates that escape, styles and scripts inlined, a policy that lets nothing else run.

It knows jinja2, content security policies and characters that would deceive a reader, and nothing of what a page shows.
"""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

REPLACEMENT: Final = 0xFFFD
# Each is replaced by one visible character, so that offsets still count: controls by their pictures, marks that turn
# the direction of writing and code units that are no characters by U+FFFD.
_VISIBLE: Final = {
    **{code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), REPLACEMENT),
    **dict.fromkeys(
        (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFFFE, 0xFFFF), REPLACEMENT
    ),
}
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]"
)
_FOR_READERS: Final = re.compile(r"^ *(?://.*\n|/\*.*\*/\n)?", re.MULTILINE)  # comments that fill a line, and indents
_UNSAFE: Final = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Assets:
    """One style and one script, ready to stand in a page, and the policy that allows just them."""

    style: Markup
    script: Markup

    @property
    def policy(self) -> str:
        """Nothing runs and nothing is fetched but what this page brings and the service answers."""
        return self.together()

    def together(self, *others: "Assets") -> str:
        """A policy that allows the styles and scripts of several pages."""
        scripts = " ".join(_hash(one.script) for one in (self, *others))
        styles = " ".join(_hash(one.style) for one in (self, *others))
        return (
            f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; "
            "connect-src 'self'; base-uri 'none'; form-action 'self'"
        )


def visible(text: str) -> str:
    """`text` with every character that hides, reorders or cannot be written made visible; as long as before."""
    return _HIDDEN.sub(lambda found: chr(_VISIBLE.get(ord(found[0]), REPLACEMENT)), text)


def replaced(text: str) -> dict[int, str]:
    """The characters that `visible` replaces, by code point offset."""
    return {found.start(): found[0] for found in _HIDDEN.finditer(text) if found[0] != "\r"}


def embed(value: object) -> Markup:
    """JSON for a `<script type="application/json">`: nothing in it can end the element or break a line."""
    raw = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", raw))  # noqa: S704  every `<` is escaped above


@cache
def assets(styles: Sequence[str], scripts: Sequence[str]) -> Assets:
    """The files of `service/pages/` by name, joined in order (tuples: they are the key of a cache)."""
    style = "".join(_bare(name) for name in styles)
    # One block, so that no name of ours is a name of the window.
    script = '"use strict";\n{\n' + "".join(_bare(name) for name in scripts) + "}\n"
    return Assets(Markup(style), Markup(script))  # noqa: S704  our own files


def render(template: str, **context: object) -> str:
    """A template of `service/pages/` filled in; whatever is not Markup is made visible and escaped."""
    return _environment().get_template(template).render(context)


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _read(name: str) -> str:
    return files("service.pages").joinpath(name).read_text("utf-8")


def _bare(name: str) -> str:
    return _FOR_READERS.sub("", _read(name))


def _finalize(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
