"""Number surfaces read as value, unit and qualifier. All text here is invented."""

import string
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.mention import Quantity
from service.text.quantity import read, surfaces


def test_what_falls_together_falls_each() -> None:
    text = "案件、金额分别下降12.5%和3.6%,信访增长4%"
    assert ["decrease" in read(text, one.start, one.end).flags for one in surfaces(text, 0, len(text))] == [  # type: ignore[union-attr]
        True,
        True,
        False,
    ]


def only(text: str) -> Quantity:
    """The one quantity of a text."""
    (span,) = surfaces(text, 0, len(text))
    found = read(text, span.start, span.end)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("surface", "value", "unit", "qualifier"),
    [
        ("7份", "7", "份", "exact"),
        ("0件", "0", "件", "exact"),
        ("11.9万条", "119000", "条", "exact"),
        ("1.2亿元", "120000000", "元", "exact"),
        ("1亿2000万元", "120000000", "元", "exact"),
        ("2亿零45万元", "200450000", "元", "exact"),
        ("3万零6件", "30006", "件", "exact"),
        ("3万5千元", "35000", "元", "exact"),
        ("1亿2千万元", "120000000", "元", "exact"),
        ("3亿5百万元", "305000000", "元", "exact"),
        ("1亿2千元", "120000000", "元", "exact"),
        ("一亿二千元", "120000000", "元", "exact"),
        ("一亿零二千元", "100002000", "元", "exact"),
        ("3千余人", "3000", "人", "more_than"),
        ("8.49万余件", "84900", "件", "more_than"),
        ("15万余份", "150000", "份", "more_than"),
        ("80余万条", "800000", "条", "more_than"),
        ("30多万元", "300000", "元", "more_than"),
        ("20余场次", "20", "场次", "more_than"),
        ("近200件", "200", "件", "about"),
        ("约500人", "500", "人", "about"),
        ("500人左右", "500", "人", "about"),
        ("约30%左右", "30", "%", "about"),
        ("超3万户", "30000", "户", "more_than"),
        ("超过85%", "85", "%", "more_than"),
        ("逾80场", "80", "场", "more_than"),
        ("不少于40学时", "40", "学时", "more_than"),
        ("至少3次", "3", "次", "more_than"),
        ("95%以上", "95", "%", "more_than"),
        ("不足10人", "10", "人", "less_than"),
        ("不到1%", "1", "%", "less_than"),
        ("不超过5%", "5", "%", "less_than"),
        ("53个工作日以内", "53", "个工作日", "less_than"),
        ("2小时内", "2", "小时", "less_than"),
        ("3年多", "3", "年", "more_than"),
        ("两次", "2", "次", "exact"),
        ("十三个", "13", "个", "exact"),
        ("一百二十余场", "120", "场", "more_than"),
        ("两万余人次", "20000", "人次", "more_than"),
        ("二十多家", "20", "家", "more_than"),
        ("廿三件", "23", "件", "exact"),
        ("十来个", "10", "个", "about"),
        ("三万五千元", "35000", "元", "exact"),
        ("近千人", "1000", "人", "about"),
        ("上百场", "100", "场", "more_than"),
        ("半年", "0.5", "年", "exact"),
        ("百分之九十八点五", "98.5", "%", "exact"),
        ("百分之百", "100", "%", "exact"),
        ("千分之三", "3", "‰", "exact"),
        ("近六成", "6", "成", "about"),
        ("1.5倍", "1.5", "倍", "exact"),
        ("3.2个百分点", "3.2", "个百分点", "exact"),
        ("１２３４５件", "12345", "件", "exact"),
        ("９９．９％", "99.9", "%", "exact"),
        ("1,234件", "1234", "件", "exact"),
        ("1，234，567元", "1234567", "元", "exact"),
        ("1725\u00a0件", "1725", "件", "exact"),
        ("336 849.6元", "336849.6", "元", "exact"),
        ("1\u200b2\u200c3件", "123", "件", "exact"),
        ("1场(次)", "1", "场(次)", "exact"),
        ("12人（次）", "12", "人（次）", "exact"),
        ("300余份(册)", "300", "份(册)", "more_than"),
        ("100㎡", "100", "㎡", "exact"),
        ("12TB", "12", "TB", "exact"),
        ("770余平方米", "770", "平方米", "more_than"),
        ("3萬餘條", "30000", "條", "more_than"),
        ("2億元", "200000000", "元", "exact"),
        ("98.50", "98.50", None, "exact"),
    ],
)
def test_a_surface_says_its_value_unit_and_qualifier(
    surface: str, value: str, unit: str | None, qualifier: str
) -> None:
    found = read(surface, 0, len(surface))
    assert found is not None
    assert (format(found.value, "f"), found.unit, found.qualifier) == (value, unit, qualifier)
    assert [surface[span.start : span.end] for span in surfaces(surface, 0, len(surface))] == [surface]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("立案6件8人", ["6件", "8人"]),
        ("形成清单17类83项", ["17类", "83项"]),
        ("由2950天压减为870天", ["2950天", "870天"]),
        ("由3天到5天", ["3天", "5天"]),
        ("分别为120，130，150件", ["120", "130", "150件"]),
        ("选项5,6项", ["5", "6项"]),
        ("覆盖12部门", ["12"]),
        ("完成51项目标", ["51项"]),
        ("等6个项目", ["6个"]),
        ("节约3000元", ["3000元"]),
        ("预约120次", ["120次"]),
        ("修订村规民约41份", ["41份"]),
        ("最近3次", ["3次"]),
        ("其余57件均落实", ["57件"]),
        ("引发12起诉讼", ["12起"]),
        ("2023年开展活动12次", ["12次"]),
        ("（石政发〔2023〕5号）审查3件", ["3件"]),
        ("第12次会议听取汇报两次", ["两次"]),
        ("共办理12\n34件", ["12\n34件"]),
        ("共办理1725\n件", ["1725\n件"]),
        ("件数\n12\n34件", ["12", "34件"]),
        ("统一一律进一步抓实", []),
        ("十分重视", ["十分"]),
    ],
)
def test_surfaces_are_found_whole_and_apart(text: str, expected: list[str]) -> None:
    assert [text[span.start : span.end] for span in surfaces(text, 0, len(text))] == expected


@pytest.mark.parametrize("surface", ["3至5天", "3-5天", "3—5天", "3～5天", "3到5天", "三至五天", "3天至5天"])
def test_a_range_is_one_quantity_with_an_upper_end(surface: str) -> None:
    found = only(surface)
    assert (found.value, found.value_to, found.unit, found.flags) == (Decimal(3), Decimal(5), "天", ("range",))


def test_a_fall_is_flagged_and_keeps_its_positive_value() -> None:
    assert only("同比下降3.2%") == Quantity(Decimal("3.2"), None, "%", "exact", ("decrease",))
    assert only("压减为1131天").flags == ()
    assert only("同比增长-3.2%").value == Decimal("-3.2")


def test_a_fraction_is_rounded_to_four_places_and_flagged() -> None:
    assert only("占三分之二") == Quantity(Decimal("0.6667"), None, None, "exact", ("fraction",))
    assert only("占比1/4") == Quantity(Decimal("0.25"), None, None, "exact", ("fraction",))


def test_a_table_gives_its_cells_the_unit_of_the_header() -> None:
    table = "| 单位 | 检查（户次） | 罚没（万元） |\n|---|---|---|\n| 甲 | 186 | 63.48 |\n| 乙 | 90 | 4.20 |"
    at = table.index("63.48")
    assert read(table, at, at + 5) == Quantity(Decimal(634800), None, "元", "exact", ("unit_from_header",))
    at = table.index("90")
    assert read(table, at, at + 2) == Quantity(Decimal(90), None, "户次", "exact", ("unit_from_header",))
    label = "| 年份 | 上年 | 本年 |\n| 审结（件） | 78 | 109 |"
    at = label.index("109")
    assert read(label, at, at + 3) == Quantity(Decimal(109), None, "件", "exact", ("unit_from_header",))


@pytest.mark.parametrize(
    ("table", "cell", "value", "unit"),
    [
        ("检查情况（单位：户次）\n镇别　检查　复查\n东镇　186　52\n西镇　90　17", "17", 17, "户次"),
        ("镇别　检查（户次）　罚没（万元）\n东镇　186　63", "63", 630000, "元"),
        ("镇别  检查（户次）  罚没（万元）\n东镇  186  63", "186", 186, "户次"),
        ("项目\n数量（件）\n收到\n312\n受理\n287", "287", 287, "件"),
        ("（单位：件）\n收到\n312\n受理\n287", "312", 312, "件"),
        ("镇别　检查（户次）\n全年工作有序，成效明显。\n东镇　186", "186", 186, None),
        ("镇别\n检查（户次）\n罚没（万元）\n东镇\n186\n63", "186", 186, None),
        ("全镇检查（户次）有序。\n受理\n287", "287", 287, None),
        ("检查（户次）　共186，其中东镇52", "52", 52, None),
    ],
)
def test_a_table_without_bars_gives_the_unit_of_its_header_too(
    table: str, cell: str, value: int, unit: str | None
) -> None:
    found = read(table, table.index(cell), table.index(cell) + len(cell))
    assert found is not None
    assert (found.value, found.unit) == (Decimal(value), unit)


def test_a_number_without_one_reading_is_no_quantity() -> None:
    for text in ("二三百次", "9" * 40 + "件", "件", "", "——"):
        assert read(text, 0, len(text)) is None


WHOLE = st.integers(min_value=0, max_value=10**9)
UNITS = st.sampled_from(
    ["件", "人次", "场次", "个工作日", "%", "元", "㎡", "个百分点", "家", "名", "起", "条", "平方米", "户次", "个"]
)
MAGNITUDES = st.sampled_from([("", 0), ("万", 4), ("亿", 8), ("千", 3), ("百", 2), ("千万", 7), ("百万", 6)])
BEFORE = st.sampled_from(
    [
        ("近", "about"),
        ("约", "about"),
        ("超", "more_than"),
        ("逾", "more_than"),
        ("不足", "less_than"),
        ("超过", "more_than"),
    ]
)
AFTER = st.sampled_from([("以上", "more_than"), ("以内", "less_than"), ("左右", "about"), ("以下", "less_than")])


def han(number: int) -> str:
    """A number below 10^8 in Chinese numerals, as people write it."""
    if number >= 10_000:
        rest = number % 10_000
        return han(number // 10_000) + "万" + (("零" if rest < 1000 else "") + han(rest) if rest else "")
    written, pending = "", False
    for sign, size in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = number // size % 10
        if digit:
            written += ("零" if pending and written else "") + "零一二三四五六七八九"[digit] + sign
            pending = False
        elif written:
            pending = True
    return written.removeprefix("一") if 10 <= number < 20 else written or "零"


@settings(max_examples=400, deadline=None)
@given(WHOLE, st.integers(0, 99), MAGNITUDES, UNITS, st.booleans(), st.booleans(), st.sampled_from(["", " ", "\u00a0"]))
def test_what_is_written_in_digits_is_read_back_exactly(
    whole: int, cents: int, magnitude: tuple[str, int], unit: str, wide: bool, grouped: bool, gap: str
) -> None:
    sign, power = magnitude
    digits = f"{whole:,}" if grouped else str(whole)
    number = f"{digits}.{cents:02d}" if cents else digits
    surface = number + sign + gap + unit
    if wide:
        surface = surface.translate(str.maketrans(string.digits, "０１２３４５６７８９"))
    text = f"共办理{surface}，"
    found = only(text)
    assert found.value == Decimal(f"{whole}.{cents:02d}") * 10**power
    assert (found.unit, found.qualifier, found.value_to) == (unit, "exact", None)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 10**7), UNITS)
def test_what_is_written_in_chinese_numerals_is_read_back_exactly(number: int, unit: str) -> None:
    found = only(f"共有{han(number)}{unit}。")
    assert (found.value, found.unit) == (Decimal(number), unit)


@settings(max_examples=200, deadline=None)
@given(WHOLE, UNITS, BEFORE, AFTER, st.sampled_from(["余", "多"]), st.integers(0, 2))
def test_hedges_before_inside_and_after_are_read_back(
    number: int, unit: str, before: tuple[str, str], after: tuple[str, str], inner: str, where: int
) -> None:
    surface, qualifier = (
        (before[0] + str(number) + unit, before[1]),
        (str(number) + inner + unit, "more_than"),
        (str(number) + unit + after[0], after[1]),
    )[where]
    text = f"完成{surface}；"
    (span,) = surfaces(text, 0, len(text))
    assert text[span.start : span.end] == surface
    assert only(text).qualifier == qualifier


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 1000), UNITS, st.sampled_from("至到-—～~–"))
def test_ranges_are_read_back(low: int, more: int, unit: str, sign: str) -> None:
    found = only(f"需要{low}{sign}{low + more}{unit}。")
    assert (found.value, found.value_to, found.unit) == (Decimal(low), Decimal(low + more), unit)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 99), st.integers(1, 9))
def test_per_cents_in_words_are_read_back(whole: int, tenth: int) -> None:
    found = only(f"达到百分之{han(whole)}点{han(tenth)}。")
    assert (found.value, found.unit) == (Decimal(f"{whole}.{tenth}"), "%")


ODD = "0123456789０９.,，．%％一二三十百千万亿两半余多近约超以上内件次人个年月日第至-/〔〕“”()|\n\r\t "
NUMBERISH = st.text(alphabet=ODD + "\u200b\u202e\u00a0ab*×😀\ufffd", max_size=120)


@settings(max_examples=400, deadline=None)
@given(st.one_of(NUMBERISH, st.text(max_size=80)), st.integers(-5, 130), st.integers(-5, 130))
def test_no_string_raises_and_surfaces_lie_in_order_inside_the_span(text: str, start: int, end: int) -> None:
    read(text, start, end)
    at = max(0, start)
    for span in surfaces(text, start, end):
        assert at <= span.start < span.end <= min(end, len(text))
        assert read(text, span.start, span.end) is not None
        at = span.end


def test_two_numerals_in_a_row_with_a_unit_are_a_range():
    quantity = read("兼顾五六个行业", 2, 5)
    assert quantity is not None
    assert (quantity.value, quantity.value_to, quantity.unit, quantity.flags) == (5, 6, "个", ("range",))
    assert read("二三百件", 0, 4) is None


@pytest.mark.parametrize(
    ("words", "value", "unit"),
    [("4千余万元", "40000000", "元"), ("2 300余小时", "2300", "小时"), ("10万+", "100000", None), ("2乡", "2", "乡")],
)
def test_a_hedge_between_magnitudes_after_a_gap_or_as_a_plus_sign(words, value, unit):
    found = read(words, 0, len(words))
    assert found is not None
    assert (found.value, found.unit, found.qualifier) == (
        Decimal(value),
        unit,
        "exact" if words == "2乡" else "more_than",
    )
