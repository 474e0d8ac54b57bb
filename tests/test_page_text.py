"""How a report's text gets into a page: spans in layers, characters that deceive, JSON that cannot break out."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from made import HOSTILE, labelled

from schemas.codebook import load_codebook
from service import pages
from service.pages.chart import bar, line, scale
from service.pages.frame import embed, replaced, visible
from service.pages.layers import Dressed, Layer, paragraphs

BOOK = load_codebook()
ANY_TEXT = st.text(st.characters(), max_size=300)


def test_crossing_spans_are_written_in_pieces_and_one_line_reports_in_paragraphs() -> None:
    text = "甲乙丙丁戊己"
    outer = Layer([Dressed(0, 3, "<i id=a>", "<i>", "</i>")])
    inner = Layer([Dressed(2, 5, "<b id=b>", "<b>", "</b>")])
    (one,) = paragraphs(text, [outer, inner], [])
    assert one.html == "<i id=a>甲乙<b id=b>丙</b></i><b>丁戊</b>己"
    long = "一、甲。" + "乙，" * 900 + "二、丙。"
    pieces = list(paragraphs(long, [], [0, len(long) - 4]))
    assert [piece.start for piece in pieces] == [0, len(long) - 4]
    assert "".join(long[piece.start : piece.end] for piece in pieces) == long


def test_embedded_json_survives_any_text() -> None:
    extraction, text = labelled("shilu-2022")
    dirty = extraction.model_copy(update={"report": extraction.report.model_copy(update={"source": HOSTILE})})
    html = pages.evidence_html(dirty, text, BOOK)
    raw = html.split('id="fazhi">')[1].split("</script>")[0]
    assert json.loads(raw)["extraction"]["report"]["source"] == HOSTILE
    html.encode("utf-8")


@given(ANY_TEXT)
@settings(max_examples=100)
def test_what_is_shown_has_as_many_characters_as_the_text(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    shown.encode("utf-8")
    restored = "".join(replaced(text).get(at, character) for at, character in enumerate(shown))
    assert restored.replace("\r", "\u240d") == text.replace("\r", "\u240d")


@given(ANY_TEXT)
@settings(max_examples=100)
def test_embedded_json_is_the_value_and_holds_no_tag(text: str) -> None:
    raw = str(embed({"a": text}))
    assert json.loads(raw) == {"a": text}
    assert not set("<>&\u2028\u2029") & set(raw)


def test_bars_and_lines_hold_to_their_axis() -> None:
    assert 'width="50"' in bar("50", None, scale(["50"], per_cent=True))
    assert 'width="100"' in bar("138.7", None, scale(["138.7"], per_cent=True))
    assert 'class="to" x="30" width="20"' in bar("3", "5", scale(["10"], per_cent=False))
    assert scale([], per_cent=False) == scale(["0"], per_cent=False) == 1
    drawn = line([(2021, "0", "0"), (2023, "5", "<b>")], "a<b")
    assert drawn.count("<circle") == 2
    assert "<b>" not in drawn
