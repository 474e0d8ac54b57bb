"""
The way in: hand in reports, watch them being read, open what they became. And the shell that fetches a page with a key.

It knows what the script of the page needs, and nothing of jobs: the browser asks the API for those.
"""

from typing import Final

from service.pages import compare, evidence
from service.pages.frame import assets, embed, render
from service.pages.words import Language, Speaker, words

STYLES: Final = ("base.css", "home.css")
SCRIPTS: Final = ("base.js", "key.js", "stream.js", "home.js")
SHELL: Final = ("base.js", "key.js", "shell.js")


def home_html(*, max_bytes: int, max_characters: int, keyed: bool, language: Language = "zh") -> str:
    """The page at `/`; the same for everybody. `max_…` limit a report; `keyed`: the service asks for a key."""
    limits = {"bytes": max_bytes, "megabytes": f"{max_bytes / 2**20:.3g}", "characters": f"{max_characters:,}"}
    return render(
        "home.html",
        assets=assets(STYLES, SCRIPTS),
        say=Speaker("home", language),
        limits=limits,
        keyed=keyed,
        data=embed({"words": words("home"), "limits": limits}),
    )


def home_policy() -> str:
    """The content security policy for the page at `/`."""
    return assets(STYLES, SCRIPTS).policy + "; frame-ancestors 'none'"


def shell_html(address: str, *, language: Language = "zh") -> str:
    """A page that fetches another from `address` with the reader's key and becomes it."""
    return render(
        "shell.html",
        assets=assets(STYLES, SHELL),
        say=Speaker("home", language),
        data=embed({"words": words("home"), "address": address}),
    )


def shell_policy() -> str:
    """Allows the shell and the pages that it can become, whose own policies then hold as well."""
    return (
        assets(STYLES, SHELL).together(
            assets(evidence.STYLES, evidence.SCRIPTS), assets(compare.STYLES, compare.SCRIPTS)
        )
        + "; frame-ancestors 'none'"
    )
