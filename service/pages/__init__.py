"""
Pages that people look at: the evidence of one report, the comparison of many, the way in.

What others use is named here. The wing knows HTML and the result contract, and nothing of Redis, settings or routes.
"""

from pathlib import Path

from schemas.codebook import Codebook
from schemas.comparison import Comparison
from schemas.extraction import Extraction
from service.pages.compare import compare_html, compare_policy, figure_words
from service.pages.evidence import evidence_html, evidence_policy
from service.pages.home import home_html, home_policy, shell_html, shell_policy
from service.results.tables.beside import beside


def write_evidence(result_path: Path, extraction: Extraction, text: str, codebook: Codebook) -> Path:
    """Write the evidence page beside a result (`<stem>.html`), whole or not at all; its path."""
    target = result_path.with_suffix(".html")
    _write(target, evidence_html(extraction, text, codebook))
    return target


def write_compare(path: Path, comparison: Comparison, codebook: Codebook) -> None:
    """Write the compare page, whole or not at all."""
    _write(path, compare_html(comparison, codebook))


def _write(target: Path, html: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = beside(target)
    try:
        unfinished.write_text(html, encoding="utf-8", newline="")
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


__all__ = [
    "compare_html",
    "compare_policy",
    "evidence_html",
    "evidence_policy",
    "figure_words",
    "home_html",
    "home_policy",
    "shell_html",
    "shell_policy",
    "write_compare",
    "write_evidence",
]
