"""The outline: which marks open a block, how blocks nest, where headings stop, what role each has."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.outline import Outline
from service.text.roles import falls_short, label_of, looks_ahead, roles_of
from service.text.split import split

GOLD = Path(__file__).parents[2] / "shared"


def paths(text: str) -> list[str]:
    return ["/".join(block.path) for block in split(text).blocks]


def headings(text: str) -> list[str | None]:
    return [block.heading for block in split(text).blocks]


def roles(text: str) -> list[tuple[str, str]]:
    return [("/".join(block.path), block.role) for block in split(text).blocks]


def test_the_four_levels_nest_and_marks_are_kept_as_written():
    text = (
        "一、主要工作\n（一）抓学习。\n1.带头学。一是领导学。二是干部学。\n2、跟着学。讲法。\n(二)抓执法"
        "。\n二、存在问题\n"
    )
    assert paths(text) == [
        "一", "一/（一）", "一/（一）/1", "一/（一）/1/一是", "一/（一）/1/二是", "一/（一）/2", "一/(二)", "二",
    ]  # fmt: skip


def test_a_missing_level_leaves_no_gap_in_the_path():
    assert paths("一、工作\n1．学法。讲课。\n2．执法。检查。\n二、打算\n一是学。二是做。") == [
        "一",
        "一/1",
        "一/2",
        "二",
        "二/一是",
        "二/二是",
    ]


def test_numbering_may_skip_repeat_and_run_on_through_headings():
    text = (
        "一、甲事\n(一)乙事\n1.丙事。做了。\n2.丁事。做了。\n(二)戊事\n3.己事。做了。\n二、庚事\n四、辛事\n四、壬事\n"
    )
    assert paths(text) == ["一", "一/(一)", "一/(一)/1", "一/(一)/2", "一/(二)", "一/(二)/3", "二", "四", "四"]


def test_a_whole_report_on_one_line_is_outlined_like_any_other():
    text = (
        "2022年,某局依法行政,报告如下: 一、抓学习,强根基。一是领导学。学法12次。二是干部学。培训3期。 "
        "二、抓执法。 (一)规范执法。检查40次,增长1.5倍。 1.亮证。2.记录。(二)监督执法。评查20卷。 "
        "三、存在的问题。力量不足。"
    )
    assert paths(text) == ["一", "一/一是", "一/二是", "二", "二/(一)", "二/(一)/1", "二/(一)/2", "二/(二)", "三"]


def test_headings_without_a_stop_between_them_are_parted():
    text = "一、主要做法(一)抓学习1.学宪法。讲课。2.学法典。讲课。(二)抓执法1.亮证。检查。"
    assert paths(text) == ["一", "一/(一)", "一/(一)/1", "一/(一)/2", "一/(二)", "一/(二)/1"]
    assert headings(text)[:3] == ["主要做法", "抓学习", "学宪法"]


def test_an_item_may_follow_its_heading_without_a_stop():
    text = "一、工作\n1.持续优化营商环境一是压缩时限。三是清理证明。"
    assert paths(text) == ["一", "一/1", "一/1/一是", "一/1/三是"]
    assert headings(text)[1] == "持续优化营商环境"


def test_items_after_a_semicolon_colon_or_comma_count_when_the_run_goes_on():
    assert paths("一、问题\n主要表现在:一是人少;二是钱少;三是事多。")[1:] == ["一/一是", "一/二是", "一/三是"]
    assert paths("一、问题\n有两点，一是人少，二是钱少。")[1:] == ["一/一是", "一/二是"]


@pytest.mark.parametrize(
    "words", ["法治是第一是关键。", "坚持统一是前提。", "做到一是一、二是二。", "这是唯一是好的。", "共有十一是。"]
)
def test_一是_inside_a_word_is_no_item(words):
    assert paths(f"一、工作\n{words}") == ["一"]


@pytest.mark.parametrize(
    "words",
    [
        "同比增长1.5倍。", "办理2.1万件。", "结合“3.15”开展宣传。", "第一、二、三产业发展。", (
            "依据第三条第(一)项办理。"
        ),
        "一、二级响应启动。", "截至12.4日。", "覆盖率为98.5%。", (
            "《关于调整事项的公告(二)》印发。"
        ), "第一、二季度检查。",
    ],
)  # fmt: skip
def test_decimals_lists_and_clauses_of_law_are_no_headings(words):
    assert paths(f"一、工作\n全年工作有序。{words}") == ["一"]


def test_a_heading_may_begin_with_a_year():
    text = "1.2023年工作情况\n做了。\n2.2024年工作打算\n要做。"
    assert paths(text) == ["1", "2"]
    assert headings(text) == ["2023年工作情况", "2024年工作打算"]


def test_circles_brackets_and_ordinals_open_blocks_too():
    assert paths("一、工作\n第一，抓学习。\n第二，抓执法。\n二、打算\n①学法；②执法；③普法。") == [
        "一", "一/第一", "一/第二", "二", "二/①", "二/②", "二/③",
    ]  # fmt: skip
    assert paths("1.工作\n（1）学法。讲课。\n（2）执法。检查。") == ["1", "1/（1）", "1/（2）"]
    assert paths("一、要求\n一要学法。二要执法。")[1:] == ["一/一要", "一/二要"]
    assert paths("一、要求\n首先，学法。其次，执法。")[1:] == ["一/首先", "一/其次"]


def test_a_list_inside_an_item_stays_inside_it_when_the_items_go_on():
    assert paths("一、工作\n一是执法,做法是:①亮证;②记录;二是普法。") == [
        "一",
        "一/一是",
        "一/一是/①",
        "一/一是/②",
        "一/二是",
    ]


def test_an_item_that_lost_its_是_is_found_by_the_gap_it_leaves():
    text = "一、打算\n一是学法。多讲课。二充分发挥作用。三是执法。二级响应不变。"
    assert paths(text) == ["一", "一/一是", "一/二", "一/三是"]


def test_a_heading_ends_at_its_first_stop_or_with_its_line():
    assert headings("一、主要工作\n(一)加强领导，压实责任。全年开会4次。") == ["主要工作", "加强领导，压实责任"]


def test_a_numbered_paragraph_that_is_text_from_its_first_word_has_no_heading():
    text = (
        "一、工作\n1.结合本县实际,制定《某县执法办法》(某政〔2023〕1号),明确分工,压实责任。依托平台。\n2."
        "县政府常务会议先后研究证明事项、违法建设、安全生产、信访治理、乡镇执法、行政决策等建设过程中的重"
        "大问题。"
    )
    assert headings(text) == ["工作", None, None]
    assert all(block.heading_end == block.start for block in split(text).blocks[1:])


def test_a_heading_run_into_its_text_ends_where_the_text_begins():
    text = "一、工作\n1.强化统筹部署,压实牵头部门责任以年度要点为抓手,逐月调度任务清单,切实发挥作用,做到亲自部署。"
    assert headings(text)[1] == "强化统筹部署,压实牵头部门责任"
    text = (
        "一、工作\n(一)健全决策机制,决策更加规范始终把依法决策摆在突出位置,凡“三重一大”事项一律先听取意见"
        "、再提交会议研究,防止“拍脑袋”。"
    )
    assert headings(text)[1] == "健全决策机制,决策更加规范"


def test_blocks_end_at_the_next_heading_of_their_level_or_with_the_body():
    text = "一、甲\n(一)乙\n一是丙。二是丁。\n戊。\n二、己\n庚。\n某县人民政府\n2024年1月5日\n\n打印 关闭\n"
    outline = split(text)
    ends = {"/".join(block.path): text[block.start : block.end] for block in outline.blocks}
    assert ends["一"].endswith("戊。\n")
    assert ends["一/(一)/二是"] == "二是丁。\n戊。\n"
    assert text[outline.body_start : outline.body_end].endswith("2024年1月5日")
    assert outline.blocks[-1].end == outline.body_end


def test_furniture_before_and_after_lies_outside_the_body():
    text = (
        "无障碍 | 登录\n当前位置：首页 > 政务公开 > 法治政府建设\n某县2023年法治政府建设工作报告\n发布时"
        "间：2024-01-30 来源：某县司法局\n分享到：\n"
        "2023年,全县依法行政。\n一、工作\n做了。\n某县人民政府\n2024年1月20日\n相关附件：\n1.一览表\n扫一"
        "扫在手机打开当前页\n主办：某县人民政府\n"
    )
    outline = split(text)
    body = text[outline.body_start : outline.body_end]
    assert body.startswith("2023年,全县")
    assert body.endswith("2024年1月20日")
    assert paths(text) == ["一"]


def test_a_report_without_headings_is_one_block_with_an_empty_path():
    text = "某镇2023年法治政府建设总结\n2023年,全镇依法行政,调解纠纷20起。"
    (block,) = split(text).blocks
    assert block.path == ()
    assert block.heading is None
    assert block.end == len(text)


def test_roles_follow_meaning_and_children_inherit():
    text = (
        "某县2023年法治政府建设报告\n2023年,全县依法行政。\n一、党政主要负责人履行推进法治建设第一责任人"
        "职责情况\n(一)带头学。学了。\n二、主要举措和成效\n(一)解决突出问题。\n"
        "三、存在的不足和原因\n1.人少。\n四、2024年工作安排\n(一)抓问题整改。做。\n五、其他需要报告的情况\n无。"
    )
    assert roles(text) == [
        ("一", "responsibility"), ("一/(一)", "responsibility"), ("二", "achievements"), ("二/(一)", "achievements"),
        ("三", "problems"), ("三/1", "problems"), ("四", "plans"), ("四/(一)", "plans"), ("五", "other"),
    ]  # fmt: skip


def test_in_a_combined_section_the_items_after_the_turn_are_plans():
    text = (
        "2023年,全县依法行政。\n一、存在的问题及下一步打算\n工作虽有成效,但仍存在不足:一是人少;二是钱少。"
        "\n下一步,我县将继续努力。一是加人。二是加钱。"
    )
    assert [role for _, role in roles(text)] == ["problems", "problems", "problems", "plans", "plans"]


def test_the_year_after_the_one_reported_on_makes_a_plan():
    text = "某县2022年法治政府建设报告\n一、2022年工作情况\n做了。\n二、2023年重点工作\n要做。"
    assert [role for _, role in roles(text)] == ["achievements", "plans"]


def invariants(text: str, outline: Outline) -> None:
    assert 0 <= outline.body_start <= outline.body_end <= len(text)
    open_blocks: list[tuple[int, tuple[str, ...]]] = []
    before = -1
    for number, block in enumerate(outline.blocks, 1):
        assert block.id == f"s{number}"
        assert before < block.start or number == 1
        assert outline.body_start <= block.start <= block.heading_end <= block.end <= outline.body_end
        before = block.start
        while open_blocks and open_blocks[-1][0] <= block.start:
            open_blocks.pop()
        if open_blocks:
            assert block.end <= open_blocks[-1][0]
            assert block.path[:-1] == open_blocks[-1][1]
        open_blocks.append((block.end, block.path))
        assert block.heading is None or block.heading in text


MARKS = [
    "一、",
    "二、",
    "(一)",
    "（二）",
    "1.",
    "2．",
    "3、",
    "（1）",
    "①",
    "②",
    "一是",
    "二是",
    "四是",
    "第一，",
    "一要",
    "首先，",
]
WORDS = [
    "2023年",
    "1.5倍",
    "存在问题",
    "下一步",
    "某县人民政府",
    "法治政府建设报告",
    "发布时间：2024-01-02",
    "打印",
    "附件：",
    "甲",
]
OTHER = [
    "《",
    "》",
    "“",
    "”",
    "。",
    "；",
    "：",
    "，",
    "\n",
    "\r\n",
    " ",
    "\xa0",
    "\u3000",
    "|",
    "\x00",
    "😀",
    "\u202e",
    "\ufffd",
    "12",
]
PIECES = st.sampled_from(MARKS + WORDS + OTHER)


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200))
def test_any_text_has_a_sound_outline(text):
    invariants(text, split(text))


NASTY = {
    "empty": "",
    "blank": "\n\n \u3000\n",
    "byte order mark": "\ufeff",
    "one line": "甲" * 500_000,
    "items": "一是" * 50_000,
    "brackets": "《" * 100_000,
    "headings": "(一)甲\n" * 20_000,
    "spaces": " " * 200_000 + "一、甲",
    "table": "| 一、甲 | 二 |\n|---|\n",
    "mojibake": "锟斤拷\ufffd\x07\x1b[31m一、甲",
    "emoji": "😀\u202e一、甲\n二、乙",
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_nasty_input_has_a_sound_outline(text):
    invariants(text, split(text))


def gold() -> list[tuple[str, dict]]:
    return [
        ((GOLD / "reports" / (one := json.loads(path.read_text("utf-8")))["report"]).read_bytes().decode("utf-8"), one)
        for path in sorted((GOLD / "gold").glob("*.json"))
    ]


@pytest.mark.skipif(not (GOLD / "gold").is_dir(), reason="no ../shared/gold here")
def test_sections_of_the_gold_reports_are_found_with_their_paths():
    matched = total = right = 0
    for text, labels in gold():
        outline = split(text)
        invariants(text, outline)
        wanted = {section["start"]: tuple(section["path"]) for section in labels["sections"]}
        found = {block.start: block.path for block in outline.blocks}
        both = wanted.keys() & found.keys()
        matched, total = matched + len(both), total + len(wanted) + len(found)
        right += sum(wanted[start] == found[start] for start in both)
    assert 2 * matched / total >= 0.98
    assert right / matched >= 0.97


def test_problems_that_are_one_sentence_each_are_text():
    text = "一、举措\n(一)加强领导。开会。\n二、存在的不足\n(一)意识不强。\n(二)力量薄弱。\n三、工作安排\n(一)抓学习。读书。\n(二)抓执法。"
    assert headings(text) == ["举措", "加强领导", "存在的不足", None, None, "工作安排", "抓学习", "抓执法"]


def test_a_heading_run_into_针对_ends_before_it():
    assert (
        headings(
            "一、举措\n1.完善组织领导针对我局人员变动情况,及时调整领导小组成员并重新明确各成员的职责分工,做到层层有人抓。"
        )[1]
        == "完善组织领导"
    )


def test_items_without_a_heading_over_them_turn_with_the_words_before_them():
    text = (
        "某乡2023年法治政府建设总结\n2023年,全乡依法行政。抓队伍。一是学法3次;二是办班2期。\n"
        "对照要求,工作中还存在一些不足:一是人少;二是钱少。\n下一步,我乡将继续努力:一是加人;二是加钱。"
    )
    assert [role for _, role in roles(text)] == ["achievements"] * 2 + ["problems"] * 2 + ["plans"] * 2


def test_a_label_that_ends_in_a_colon_turns_the_items_after_it():
    text = (
        "2023年,某乡依法行政。一是学法。二是办班。\n存在的不足：一是人少。二是钱少。\n下一步打算：一是加人。二是加钱。"
    )
    assert [role for _, role in roles(text)] == ["achievements"] * 2 + ["problems"] * 2 + ["plans"] * 2


def test_what_stands_inside_a_run_of_items_turns_none_of_them():
    text = "2023年,某乡依法行政。一是抓执法。虽有成效,但仍存在薄弱环节。二是抓普法。讲课3次。三是抓调解。"
    assert {role for _, role in roles(text)} == {"achievements"}


def test_a_turned_run_does_not_reach_the_headings_after_it():
    text = "2023年,某县依法行政,但仍存在一些不足:一是人少;二是钱少。\n一、主要工作\n做了。\n二、其他事项\n无。"
    assert roles(text)[2:] == [("一", "achievements"), ("二", "other")]


@pytest.mark.parametrize(
    ("heading", "named"),
    [
        ("突出问题及整改措施", ("problems", "plans")),
        ("主要不足和改进方向", ("problems", "plans")),
        ("自查问题整改情况", ()),
        ("问题剖析和2024年思路", ("problems", "plans")),
        ("2023年工作回顾和2024年工作计划", ("achievements", "plans")),
        ("主要做法及存在的问题", ("achievements", "problems")),
        ("2023年工作计划完成情况", ("achievements",)),
        ("落实上级要求和依法决策方面存在的不足", ("problems",)),
        ("工作展望", ("plans",)),
        ("对未来的展望", ("plans",)),
        ("党政主要领导履职情况", ("responsibility",)),
        ("主要领导干部履行法治建设职责情况", ("responsibility",)),
        ("强化组织领导", ()),
    ],
)
def test_a_heading_names_its_parts_in_their_order(heading, named):
    assert roles_of(heading, 2023) == named


@pytest.mark.parametrize(
    ("sentence", "ahead"),
    [
        ("下一步，我局将加强培训。", True),
        ("在今后的工作中，将加强培训。", True),
        ("为此，2024年我们要抓培训。", True),
        ("针对人手不足问题，2024年拟招录5人。", True),
        ("面对上述困难，2024年我局将加强统筹。", True),
        ("2024年计划举办培训5期。", True),
        ("2024年力争办结率达到九成。", True),
        ("下一步计划改造的大厅已开工。", False),
        ("今后三年要建的站点已有2个投用。", True),
        ("下一步将对已建成的站点逐一验收。", True),
        ("2023年计划举办培训5期。", False),
        ("面对困难，全局上下主动作为。", False),
    ],
)
def test_an_outlook_is_told_from_what_was_done(sentence, ahead):
    assert looks_ahead(sentence, 2023) is ahead


@pytest.mark.parametrize(
    ("sentence", "short"),
    [
        ("我乡执法力量尚有不足：", True),
        ("工作中还存在短板", True),
        ("问题主要有：人手少。", True),
        ("排查发现的问题主要是消防通道堵塞。", False),
        ("督促企业解决存在的问题12个。", False),
    ],
)
def test_an_account_of_shortcomings_is_told_from_problems_that_were_solved(sentence, short):
    assert falls_short(sentence) is short


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("存在的不足：", "problems"),
        ("下一步工作打算", "plans"),
        ("主要做法", None),
        ("一是力量不足", None),
        ("问题：人少", None),
        ("着力补齐短板弱项", None),
    ],
)
def test_a_short_line_may_be_a_heading_without_a_number(line, role):
    assert label_of(line, 2023) == role


def test_an_annex_that_tells_figures_belongs_to_the_body_and_a_list_of_files_does_not():
    head = "某县2023年法治政府建设报告\n2023年,全县依法行政。\n一、工作\n做了。\n某县人民政府\n2024年1月5日\n"
    annex = head + "附：2023年复议情况\n全年收到申请31件，受理28件。\n主办：某县人民政府\n"
    assert annex[: split(annex).body_end].endswith("受理28件。")
    files = head + "附件：\n1.复议统计表.xlsx\n相关新闻\n某市受理复议31件，同比增长。\n"
    assert files[: split(files).body_end].endswith("2024年1月5日")
