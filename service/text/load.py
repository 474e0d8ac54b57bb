"""
Bytes become text, once.

It knows file formats and encodings, and nothing of reports. Plain text is decoded and its BOM removed; nothing else is
normalised. HTML, DOCX and PDF are converted here and never again. Heavy decoders are imported when first needed: most
runs read plain text, and start-up is paid by every run.
"""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import PurePath
from typing import Final

from schemas.outline import LoadedText
from service.errors import InputTooLarge, UnreadableInput, UnsupportedInput
from service.text.markup import text_of_page

PLAIN: Final = "text/plain"
MARKDOWN: Final = "text/markdown"
HTML: Final = "text/html"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF: Final = "application/pdf"

SUFFIXES: Final = {
    ".txt": PLAIN,
    ".md": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".docx": DOCX,
    ".pdf": PDF,
}
ALIASES: Final = {"application/xhtml+xml": HTML, "text/x-markdown": MARKDOWN}
KNOWN: Final = frozenset(SUFFIXES.values())

# How much a compressed file may grow, as a multiple of the byte limit: real DOCX grow some tenfold.
EXPANSION: Final = 20
MAX_PAGES: Final = 2000

_MAGIC: Final = (
    (b"%PDF-", PDF),
    (b"PK\x03\x04", DOCX),
)
_FOREIGN: Final = (
    (b"\xd0\xcf\x11\xe0", "an old Word document (.doc); save it as .docx"),
    (b"\x89PNG", "an image; run text recognition first"),
    (b"\xff\xd8\xff", "an image; run text recognition first"),
    (b"GIF8", "an image; run text recognition first"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"Rar!", "an archive; unpack it first"),
    (b"7z\xbc\xaf", "an archive; unpack it first"),
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_READABLE: Final = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef\x20-\x7e\s]")


def load(
    data: bytes,
    *,
    name: str | None,
    media_type: str | None = None,
    source: str | None = None,
    max_bytes: int,
    max_characters: int,
) -> LoadedText:
    """
    Decode or convert `data`; the media type is the caller's, else the suffix's, else the content's.

    Raises UnreadableInput, UnsupportedInput or InputTooLarge, each with what to do.
    """
    if len(data) > max_bytes:
        raise InputTooLarge(
            f"The input has {len(data):,} bytes, over the limit of {max_bytes:,}; raise FAZHI_MAX_BYTES or split it."
        )
    kind = media_type_of(data, name=name, media_type=media_type)
    text = _CONVERT[kind](data, max_bytes, max_characters)
    if len(text) > max_characters:
        raise InputTooLarge(
            f"The text has {len(text):,} characters, over the limit of {max_characters:,}; "
            "raise FAZHI_MAX_CHARACTERS or split it."
        )
    if not text.strip():
        raise UnreadableInput("The input holds no text; check that the file is the report and not an empty page.")
    return LoadedText(text=text, name=name, source=source, media_type=kind, converted=kind not in (PLAIN, MARKDOWN))


def media_type_of(data: bytes, *, name: str | None, media_type: str | None) -> str:
    """The media type that will be read; UnsupportedInput where it is none of ours."""
    for magic, what in _FOREIGN:
        if data.startswith(magic):
            raise UnsupportedInput(f"The input is {what}.")
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if media_type:
        bare = media_type.split(";")[0].strip().lower()
        bare = ALIASES.get(bare, bare)
        if bare in KNOWN:
            return bare
        if bare != "application/octet-stream":
            raise UnsupportedInput(f"Media type {bare!r} is not read here; send one of: {', '.join(sorted(KNOWN))}.")
    suffix = PurePath(name).suffix.lower() if name else ""
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    if suffix and re.fullmatch(r"\.[a-z]{2,5}", suffix):
        raise UnsupportedInput(f"Files named {suffix} are not read here; use one of: {', '.join(SUFFIXES)}.")
    if re.match(rb"\s*(<!doctype html|<html)", data[:512], re.IGNORECASE):
        return HTML
    return PLAIN


def decode(data: bytes) -> str:
    """UTF-8 or UTF-16 (by BOM or by their form), else GB18030; the BOM is removed. UnreadableInput for anything else."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode(data, "utf-16")
    if b"\x00" in data[:4096]:
        for encoding in ("utf-16-le", "utf-16-be"):
            text = data.decode(encoding, errors="replace")
            if _is_prose(text):
                return _decode(data, encoding)
        raise UnreadableInput("The input is binary, not text; send the report as .txt, .html, .docx or .pdf.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _decode(data, "gb18030")
    if not _is_prose(text):
        raise UnreadableInput("The encoding is neither UTF-8, UTF-16 nor GB18030; save the text as UTF-8.")
    return text


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise UnreadableInput(
            "The input is neither UTF-8, UTF-16 nor GB18030 text, or it is cut off; save it as UTF-8."
        ) from None


def _is_prose(text: str) -> bool:
    """Mostly Chinese, full-width and ASCII characters: wrong encodings give rare characters all over."""
    sample = text[:20_000]
    return len(_READABLE.findall(sample)) >= 0.9 * len(sample) and len(_CONTROL.findall(sample)) <= 0.01 * len(sample)


def _plain(data: bytes, max_bytes: int, max_characters: int) -> str:
    text = decode(data)
    if len(_CONTROL.findall(text[:20_000])) > 0.1 * len(text[:20_000]):
        raise UnreadableInput("The input is binary, not text; send the report as .txt, .html, .docx or .pdf.")
    return text


def _html(data: bytes, max_bytes: int, max_characters: int) -> str:
    text = text_of_page(_decode_page(data))
    if text is None:
        raise UnreadableInput("The HTML holds no text; check that the page is the report.")
    return text


def _decode_page(data: bytes) -> str:
    declared = re.search(rb"charset=[\"']?\s*(gb2312|gbk|gb18030|utf-?8|big5)", data[:4096], re.IGNORECASE)
    if declared:
        encoding = declared[1].decode("ascii").lower()
        encoding = "gb18030" if encoding.startswith("gb") else encoding
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            pass
    return decode(data)


def _docx(data: bytes, max_bytes: int, max_characters: int) -> str:
    """Paragraphs and tables in document order, a table row a line with its cells between pipes."""
    import docx  # noqa: PLC0415  see the docstring
    from docx.table import Table  # noqa: PLC0415

    broken = "The file is no readable DOCX (broken, or another kind of archive); open it and save it again as .docx."
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > EXPANSION * max_bytes:
                raise InputTooLarge("The DOCX unpacks to far more than the size limit; send its text instead.")
            if "word/document.xml" not in archive.namelist():
                raise UnreadableInput(broken)
        document = docx.Document(io.BytesIO(data))
        lines = []
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                lines += [" | ".join(_once(cell.text for cell in row.cells)) for row in block.rows]
            else:
                lines.append(block.text)
    except (InputTooLarge, UnreadableInput):
        raise
    # A broken archive fails in as many ways as there are places to break: zip, XML, relations.
    except Exception as error:
        raise UnreadableInput(broken) from error
    return "\n".join(lines)


def _once(cells: "object") -> list[str]:
    """Cell texts, a merged cell once."""
    texts: list[str] = []
    for text in cells:  # type: ignore[attr-defined]
        clean = " ".join(str(text).split())
        if not texts or texts[-1] != clean or not clean:
            texts.append(clean)
    return texts


def _pdf(data: bytes, max_bytes: int, max_characters: int) -> str:
    """Text by page without its page number; lines that the page width broke are joined again."""
    import pypdf  # noqa: PLC0415  see the docstring
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise UnreadableInput("The PDF is encrypted; remove its password and send it again.")
        if len(reader.pages) > MAX_PAGES:
            raise InputTooLarge(f"The PDF has more than {MAX_PAGES} pages; split it.")
        pages: list[str] = []
        characters = 0
        for page in reader.pages:
            # A library that maps glyphs to halves of characters: pairs are joined, a half alone is no character.
            page_text = page.extract_text().encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            pages.append(_without_folio(page_text, len(pages) + 1))
            characters += len(pages[-1])
            if characters > max_characters:
                break
    except (InputTooLarge, UnreadableInput):
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, OSError) as error:
        raise UnreadableInput("The PDF is broken; open it and save it again, or send its text.") from error
    text = _join_lines("\n".join(pages))
    if not text.strip():
        raise UnreadableInput("The PDF holds pictures of pages and no text; run text recognition first.")
    return text


_FOLIO: Final = re.compile(r"\s*(?:[-—–―]+\s*\d{1,4}\s*[-—–―]+|第\s*\d{1,4}\s*页(?:\W{0,3}共\s*\d{1,4}\s*页)?)\s*")


def _without_folio(page: str, number: int) -> str:
    """A page without the first or last line that only says its number: it would stand inside a sentence."""
    lines = page.strip("\r\n").splitlines()
    for at in (0, -1):
        if lines and (_FOLIO.fullmatch(lines[at]) or lines[at].strip() == str(number)):
            del lines[at]
    return "\n".join(lines)


_OPENS: Final = re.compile(
    r"\s*(?:[一二三四五六七八九十]+[、是要]|[（(][一二三四五六七八九十\d]+[）)]|\d+[.、．]|第[一二三四五六七八九十]+|[①-⑳])"
)


def _join_lines(text: str) -> str:
    lines = text.splitlines()
    longest = max((len(line) for line in lines), default=0)
    joined: list[str] = []
    for line in lines:
        previous = joined[-1] if joined else ""
        broken = len(previous.rstrip()) >= 0.7 * longest or (joined and previous and not line.strip())
        goes_on = previous.strip() and not previous.rstrip().endswith(
            ("。", "；", ";", "!", "！", "?", "？", "：", ":")
        )
        if goes_on and broken and line.strip() and not _OPENS.match(line):
            joined[-1] = previous.rstrip() + line.lstrip()
        else:
            joined.append(line)
    return "\n".join(joined)


_CONVERT: Final[dict[str, Callable[[bytes, int, int], str]]] = {
    PLAIN: _plain,
    MARKDOWN: _plain,
    HTML: _html,
    DOCX: _docx,
    PDF: _pdf,
}
