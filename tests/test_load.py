"""Bytes become text: encodings, formats, and refusals that say what to do."""

import io
import zipfile

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from schemas.outline import LoadedText
from service.errors import CallerError, InputTooLarge, UnreadableInput, UnsupportedInput
from service.text.load import load

REPORT = "青岚县2023年法治政府建设年度报告\r\n一、主要举措\r\n\u3000\u3000全年审核规范性文件7\xa0份。\r\n"


def read(data: bytes, name: str | None = "r.txt", media_type: str | None = None, **limits: int) -> LoadedText:
    return load(
        data,
        name=name,
        media_type=media_type,
        max_bytes=limits.get("max_bytes", 5_000_000),
        max_characters=limits.get("max_characters", 500_000),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_plain_text_is_decoded_and_nothing_else_is_changed(encoding: str) -> None:
    assert read(REPORT.encode(encoding)).text == REPORT


def test_plain_text_is_not_called_converted_and_html_is() -> None:
    assert not read(REPORT.encode()).converted
    assert read(f"<html><body><p>{REPORT}</p></body></html>".encode(), "r.html").converted


def test_html_keeps_paragraphs_and_tables_and_drops_scripts() -> None:
    rows = "".join(f"<tr><td>第{i}项工作</td><td>{i * 7}件</td></tr>" for i in range(1, 6))
    body = "".join(f"<p>(一)开展第{i}轮检查{i}次,发现问题{i * 3}个。</p>" for i in range(1, 9))
    page = f"<html><head><script>var x='9999件';</script></head><body><h1>报告</h1>{body}<table>{rows}</table></body></html>"
    text = read(page.encode(), "r.html").text
    assert "发现问题24个" in text
    assert "35件" in text
    assert "9999" not in text


def test_html_in_gb2312_is_read_by_its_own_declaration() -> None:
    page = f'<html><head><meta charset="gb2312"></head><body><p>{"全年办理案件12件。" * 9}</p></body></html>'
    assert "办理案件12件" in read(page.encode("gb18030"), "r.htm").text


def test_docx_keeps_paragraphs_and_tables_in_order() -> None:
    document = docx.Document()
    document.add_paragraph("一、主要成效")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "行政处罚", "33件"
    document.add_paragraph("二、存在问题")
    buffer = io.BytesIO()
    document.save(buffer)
    assert read(buffer.getvalue(), "r.docx").text == "一、主要成效\n行政处罚 | 33件\n二、存在问题"


def pdf_of(text: str) -> bytes:
    """A one-page PDF whose font maps glyph numbers to code points, as real ones do."""
    lines = text.split("\n")
    alphabet = sorted({character for line in lines for character in line})
    code = {character: f"{index + 1:04X}" for index, character in enumerate(alphabet)}
    shown = "".join(
        f"BT /F 12 Tf 50 {780 - 20 * n} Td <{''.join(code[c] for c in line)}> Tj ET\n" for n, line in enumerate(lines)
    )
    pairs = "".join(f"<{number}> <{ord(character):04X}>\n" for character, number in code.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange\n"
        f"<0000> <FFFF>\nendcodespacerange {len(code)} beginbfchar\n{pairs}endbfchar endcmap end end"
    )
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(shown)}>>stream\n{shown}endstream",
        "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[6 0 R]/ToUnicode 7 0 R>>",
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(A)/Ordering(I)/Supplement 0>>/DW 1000>>",
        f"<</Length {len(cmap)}>>stream\n{cmap}endstream",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj{content}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\n".encode()
    return out + f"startxref\n{start}\n%%EOF".encode()


def test_pdf_lines_broken_by_the_page_are_joined_and_headings_are_not() -> None:
    broken = "一、主要工作\n全年共办理行政复议案件一百二十件其中受理一百\n件维持八十件。\n二、存在问题"
    assert (
        read(pdf_of(broken), "r.pdf").text
        == "一、主要工作\n全年共办理行政复议案件一百二十件其中受理一百件维持八十件。\n二、存在问题"
    )


def test_a_page_number_does_not_stand_inside_the_sentence_that_a_pdf_page_cut() -> None:
    writer = PdfWriter()
    for page in ("全年共办理行政复议案件一百二十件其中受理1\n- 1 -", "— 2 —\n20件维持八十件。\n2"):
        writer.append(PdfReader(io.BytesIO(pdf_of(page))))
    buffer = io.BytesIO()
    writer.write(buffer)
    assert read(buffer.getvalue(), "r.pdf").text == "全年共办理行政复议案件一百二十件其中受理120件维持八十件。"


def test_half_a_character_in_a_pdf_is_told_as_unknown() -> None:
    loaded = read(pdf_of("办理案件\ud8005件。"), "r.pdf")
    assert loaded.text == "办理案件\ufffd5件。"
    assert loaded.text.encode()


def test_an_encrypted_pdf_is_refused_with_what_to_do() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_of("报告"))))
    writer.encrypt("secret", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    with pytest.raises(UnreadableInput, match="remove its password"):
        read(buffer.getvalue(), "r.pdf")


def test_a_pdf_of_pictures_is_refused_with_what_to_do() -> None:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    buffer = io.BytesIO()
    writer.write(buffer)
    with pytest.raises(UnreadableInput, match="text recognition"):
        read(buffer.getvalue(), "r.pdf")


@pytest.mark.parametrize(
    ("data", "name", "kind", "words"),
    [
        (b"", "r.txt", UnreadableInput, "no text"),
        (b" \r\n\t", "r.txt", UnreadableInput, "no text"),
        (bytes(range(256)) * 40, "r.txt", UnreadableInput, "binary"),
        (b"\x89PNG\r\n\x1a\n....", "r.png", UnsupportedInput, "image"),
        (b"\xd0\xcf\x11\xe0....", "r.doc", UnsupportedInput, r"save it as \.docx"),
        (b"PK\x03\x04 broken", "r.docx", UnreadableInput, "save it again"),
        (b"%PDF-1.7 broken", "r.pdf", UnreadableInput, "PDF"),
        ("报告".encode(), "r.exe", UnsupportedInput, "use one of"),
        ("中文".encode() + b"\xff\xff\xfe", "r.txt", UnreadableInput, "UTF-8"),
    ],
)
def test_what_cannot_be_a_report_is_refused_with_what_to_do(
    data: bytes, name: str, kind: type[CallerError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        read(data, name)


def test_limits_on_bytes_and_characters_name_their_settings() -> None:
    with pytest.raises(InputTooLarge, match="FAZHI_MAX_BYTES"):
        read(b"x" * 11, max_bytes=10)
    with pytest.raises(InputTooLarge, match="FAZHI_MAX_CHARACTERS"):
        read("报告".encode() * 6, max_characters=10)


def test_a_docx_that_unpacks_to_a_bomb_is_refused_before_it_is_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 3_000_000)
    with pytest.raises(InputTooLarge, match="unpacks"):
        read(buffer.getvalue(), "r.docx", max_bytes=100_000)


def test_an_unknown_media_type_is_refused_and_octet_stream_is_judged_by_its_content() -> None:
    with pytest.raises(UnsupportedInput, match="image/tiff"):
        read("报告".encode(), None, "image/tiff")
    assert read("报告。".encode(), None, "application/octet-stream").text == "报告。"


@given(st.binary(max_size=300), st.sampled_from(["r.txt", "r.html", "r.docx", "r.pdf", None]))
def test_any_bytes_are_read_or_refused_by_a_caller_error(data: bytes, name: str | None) -> None:
    try:
        assert read(data, name).text.strip()
    except CallerError as error:
        said = str(error)
    else:
        said = "read."
    assert said.endswith(".")
