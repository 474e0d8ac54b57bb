"""《Titles》: extent, number, action by the governing verb, once per innermost block."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.outline import Title
from service.text.documents import find_titles
from service.text.split import split

GOLD = Path(__file__).parents[2] / "shared"


def titles(text: str) -> tuple[Title, ...]:
    return find_titles(text, split(text))


@pytest.mark.parametrize(
    ("sentence", "actions"),
    [
        ("制定印发《甲办法》,明确分工。", ["issued"]),
        ("制定了《甲办法》和《乙细则》。", ["issued", "issued"]),
        ("审议通过并印发《甲规则》。", ["issued"]),
        ("组织召开会议,出台《甲意见》《乙意见》《丙意见》等文件。", ["issued"] * 3),
        ("根据省政府办公厅印发的《甲通知》要求,梳理事项。", ["implemented"]),
        ("根据《甲目录》《乙公告》等文件,编制清单。", ["implemented", "implemented"]),
        ("全面贯彻落实《甲规定》,坚持目录管理。", ["implemented"]),
        ("严格按照《甲条例》办理。", ["implemented"]),
        ("贯彻新修订的《甲法》。", ["implemented"]),
        ("紧扣《〈甲方案〉分解表》的要求。", ["implemented"]),
        ("2025年是《甲纲要》收官之年。", ["implemented"]),
        ("省政府印发《甲办法》后,我县随即部署。", ["other"]),
        ("修订《甲规则》,完善程序。", ["revised"]),
        ("提请废止《甲规定》等文件3件。", ["repealed"]),
        ("提请市人大常委会审议《甲条例》等2件。", ["submitted"]),
        ("全年提请审议法规12件,其中《甲条例》《乙条例》等9件已通过。", ["submitted", "submitted"]),
        ("常务会议专题学习《甲法》《乙法》。", ["studied", "studied"]),
        ("把《甲法》《乙条例》等作为学习重点。", ["studied", "studied"]),
        ("学习贯彻新修订的《甲法》。", ["studied"]),
        ("积极宣传《甲法》《乙法》等法律法规。", ["other", "other"]),
        ("见证签署《认罪认罚具结书》30份。", ["other"]),
        ("制发《执法监督通知书》3份。", ["other"]),
        ("个别干部对《甲法》理解不深。", ["other"]),
    ],
)
def test_the_governing_verb_decides_the_action(sentence, actions):
    assert [title.action for title in titles(f"一、工作\n{sentence}")] == actions


@pytest.mark.parametrize(
    ("words", "title", "number"),
    [
        ("《甲办法》(某政〔2023〕5号)", "甲办法", "某政〔2023〕5号"),
        ("《甲办法》 （某政办函〔2023〕39\xa0号）", "甲办法", "某政办函〔2023〕39\xa0号"),
        ("《甲办法》(某发[2019]31号)", "甲办法", "某发[2019]31号"),
        ("《甲规定》（某政令第12号）", "甲规定", "某政令第12号"),
        ("《甲清单(2023年版,共232项)》", "甲清单(2023年版,共232项)", None),
        ("《甲办法》(试行)", "甲办法", None),
        ("《〈甲方案(2021—2025年)〉分解表》", "〈甲方案(2021—2025年)〉分解表", None),
        ("《关于印发《甲办法》的通知》(某政〔2023〕7号)", "关于印发《甲办法》的通知", "某政〔2023〕7号"),
    ],
)
def test_titles_are_taken_whole_with_their_number(words, title, number):
    text = f"一、工作\n印发{words},压实责任。"
    (found,) = titles(text)
    assert (found.title, found.number) == (title, number)
    assert text[found.start : found.end] == f"《{title}》"


def test_a_bracket_that_never_closes_names_no_document():
    assert [title.title for title in titles("一、工作\n印发《甲办法，压实责任。\n修订《乙规则\n落实《丙条例》。")] == [
        "丙条例"
    ]
    assert titles("一、工作\n制定《甲方案(20") == ()


def test_a_title_that_lost_one_of_two_closing_brackets_still_ends():
    assert titles("一、工作\n印发《关于印发《甲办法》的通知。\n抓落实。")[0].title.startswith("关于印发《甲办法")


def test_the_same_title_counts_once_in_each_innermost_block():
    text = "落实《甲法》。\n一、工作\n落实《甲法》,宣传《甲法》。\n(一)学习\n学习《甲法》。\n二、打算\n学习《甲法》。"
    assert [title.action for title in titles(text)] == ["implemented", "implemented", "studied", "studied"]


def test_newspapers_are_no_documents_and_furniture_holds_none():
    text = (
        "首页 > 《某法》专栏\n某县2023年法治政府建设报告\n一、工作\n做法在《法治日报》刊发。印发《甲办法"
        "》。\n相关链接\n《乙办法》解读\n"
    )
    assert [title.title for title in titles(text)] == ["甲办法"]


PIECES = st.sampled_from(
    ["《", "》", "〈", "〉", "甲办法", "印发", "根据", "(某政〔2023〕5号)", "等", "、", "，", "。", "\n", "一、", " "]
)


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200))
def test_any_text_has_sound_titles(text):
    outline = split(text)
    end = outline.body_start
    for title in find_titles(text, outline):
        assert end <= title.start < title.end <= outline.body_end
        assert text[title.start : title.end] == f"《{title.title}》"
        end = title.end


@pytest.mark.parametrize(
    "text",
    ["《" * 200_000, "》" * 200_000, "《甲》" * 20_000, "根据" * 100_000 + "《甲》"],
    ids=["open", "closed", "pairs", "verbs"],
)
def test_many_brackets_take_no_more_than_their_length(text):
    titles(text)


@pytest.mark.skipif(not (GOLD / "gold").is_dir(), reason="no ../shared/gold here")
def test_documents_of_the_gold_reports_are_found_with_their_actions():
    matched = strict = total = 0
    for path in sorted((GOLD / "gold").glob("*.json")):
        labels = json.loads(path.read_text("utf-8"))
        found = titles((GOLD / "reports" / labels["report"]).read_bytes().decode("utf-8"))
        wanted = {(one["start"], one["title"], one["number"]): one["action"] for one in labels["documents"]}
        given_ = {(one.start, one.title, one.number): one.action for one in found}
        both = wanted.keys() & given_.keys()
        matched += len(both)
        strict += sum(wanted[key] == given_[key] for key in both)
        total += len(wanted) + len(given_)
    assert 2 * matched / total >= 0.98
    assert 2 * strict / total >= 0.88


@pytest.mark.parametrize(
    ("sentence", "actions"),
    [
        ("出台贯彻《甲纲要》的实施方案。", ["implemented"]),
        ("会议通报《甲报告》并研究部署有关工作。", ["other"]),
        ("认真学习新思想,以及《甲法》等新修订和新颁布的法律法规。", ["studied"]),
    ],
)
def test_neighbouring_words_do_not_change_what_was_done(sentence, actions):
    assert [title.action for title in titles(sentence)] == actions


def test_a_title_that_lost_its_bracket_does_not_swallow_the_next():
    assert [title.title for title in titles("落实《甲规划(2020-2025年)《乙纲要(2021-2025年)》《丙法》。")] == [
        "乙纲要(2021-2025年)",
        "丙法",
    ]


def test_among_next_years_tasks_nothing_was_issued_yet():
    text = (
        "2023年,全县依法行政。\n一、举措\n制定《甲办法》,修订《乙规则》。\n二、2024年工作安排\n"
        "制定《丙办法》《丁细则》,修订《戊规则》,提请审议《己条例》,贯彻《庚法》,学习《辛法》,落实已印发的《壬方案》。"
        "已印发《癸方案》,着手实施。"
    )
    assert [title.action for title in titles(text)] == [
        "issued", "revised",
        "other", "other", "other", "other", "implemented", "studied", "implemented", "issued",
    ]  # fmt: skip
