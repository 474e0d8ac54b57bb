"""
A web page becomes text: its main content, headed by its title, or every word of it where that would lose something.

It knows HTML and nothing of reports. The heavy parser and extractor are imported when the first page comes.
"""

import re
from typing import Any, Final

_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ]
)


def text_of_page(page: str) -> str | None:
    """Main content by trafilatura, or the whole page where that lacks sentences or figures; None for a page without text."""
    import trafilatura  # noqa: PLC0415  see the docstring
    from lxml import etree, html  # noqa: PLC0415

    main = trafilatura.extract(
        page, include_tables=True, include_comments=False, include_links=False, favor_recall=True, deduplicate=False
    )
    try:
        tree = html.document_fromstring(page.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):
        return None
    etree.strip_elements(tree, "script", "style", "noscript", "template", etree.Comment, with_tail=False)
    titles = [" ".join(heading.text_content().split()) for heading in tree.iter("h1")]
    whole = _all_text(tree)
    if not main or not _keeps(main, whole):
        return whole
    # Trafilatura takes the page's first heading for metadata and leaves it out.
    return "\n".join([*(title for title in titles if title and title not in main), main])


def _all_text(tree: Any) -> str:
    """Every word of a page, a line for each block, cells between pipes."""
    for element in tree.iter():
        if element.tag in _BLOCKS:
            element.tail = "\n" + (element.tail or "")
            element.text = "\n" + (element.text or "") if element.tag not in ("br", "tr") else element.text
        elif element.tag in ("td", "th"):
            element.tail = " | " + (element.tail or "").strip()
    lines = (line.strip(" \t\r") for line in tree.text_content().split("\n"))
    return "\n".join(line for line in lines if line)


def _keeps(main: str, whole: str) -> bool:
    """Whether the main content holds nearly all figures and sentences of the page."""
    return all(
        len(re.findall(pattern, main)) >= 0.9 * len(re.findall(pattern, whole)) for pattern in (r"\d+", r"[。;；]")
    )
