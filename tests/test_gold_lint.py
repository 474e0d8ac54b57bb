"""Gold that cannot be trusted is found: every rule on a seeded fault, and the facts-only form keeps no words."""

import json
from datetime import date
from pathlib import Path

import pytest
from results import OBSERVATIONS, TEXT, case, gold, observed

from evals.adopt import adopt, sealed
from evals.agreement import Decision, adjudicate, compare_labels
from evals.align import Alignment
from evals.cases import find_cases, loader, texts_folder
from evals.gold import GoldDocument, GoldSetAside, Home, Place, Seal, find_gold, read_gold, same_words, seal, write_gold
from evals.lint import lint
from schemas.outline import LoadedText
from service import CallerError, load_settings


def rules(one, text=TEXT):
    return {fault.rule for fault in lint(case(one, text))}


def changed(**update):
    first, *rest = OBSERVATIONS
    return gold(observations=(first.model_copy(update=update), *rest))


def test_good_gold_has_no_fault():
    assert lint(case()) == ()


FAULTS = {
    "surface": lambda: changed(surface="115条"),
    "offset": lambda: changed(end=99_999),
    "code": lambda: changed(indicator="administrative_review.invented"),
    "reads": lambda: changed(value="116"),
    "unit": lambda: changed(unit="条"),
    "value": lambda: changed(value="一百"),
    "dangling": lambda: changed(part_of=1),
    "words": lambda: changed(area="别处的镇"),
    "duplicate": lambda: gold(observations=(OBSERVATIONS[0], *OBSERVATIONS)),
    "topic": lambda: gold(topics=("invented",)),
    "order": lambda: gold(observations=tuple(reversed(OBSERVATIONS))),
    "overlap": lambda: gold(
        set_aside=(
            *gold().set_aside,
            GoldSetAside(start=OBSERVATIONS[0].start, end=OBSERVATIONS[0].start + 2, surface="11", why="name"),
        )
    ),
    "digits": lambda: gold(set_aside=()),
    "title": lambda: gold(documents=(GoldDocument(start=0, end=3, title="云川", number=None, action="other"),)),
    "path": lambda: gold(sections=({"path": ["九"], "heading": None, "start": 0},)),
    "sentence": lambda: gold(problems=({"start": TEXT.index("全年收到"), "end": TEXT.index("共有")},)),
    "text": lambda: gold(sha256="0" * 64),
    "codebook": lambda: gold(codebook="2020-01"),
}


@pytest.mark.parametrize("rule", sorted(FAULTS))
def test_a_seeded_fault_is_found(rule):
    assert rule in rules(FAULTS[rule]())


def test_a_wrong_qualifier_is_read_back():
    found = lint(case(changed(qualifier="about")))
    assert [fault.rule for fault in found] == ["reads"]


def test_the_committed_gold_is_sound():
    cases = find_cases(loader(load_settings()), Home(), texts_folder(None))
    severe = [fault for one in cases.found for fault in lint(one) if fault.severe]
    assert severe == []
    assert len(cases.found) + len(cases.absent) >= 15


def test_there_are_enough_reports_and_observations():
    labels = [read_gold(path) for folder in (Home().gold, Home().real) for path in find_gold(folder)]
    assert len(labels) >= 15
    assert sum(len(one.observations) for one in labels) >= 550
    assert {one.meta.level for one in labels} == {"province", "city", "county", "township", "department"}


@pytest.mark.parametrize("path", find_gold(Home().real), ids=lambda path: path.stem)
def test_gold_of_a_real_report_holds_no_words_of_it(path):
    one = read_gold(path)
    assert one.form == "facts"
    assert not any(label.surface or label.name for label in (*one.observations,))
    words = [one.meta.title, one.meta.jurisdiction, one.meta.issuer]
    words += [label.heading for label in one.sections] + [label.title for label in one.documents]
    words += [label.number for label in one.documents] + [label.area for label in one.observations]
    assert all(word is None or isinstance(word, Place | Seal) for word in words)


def test_a_sealed_file_says_the_same_and_is_still_sound():
    one = sealed(changed(area="云川县", period="截至年底"), TEXT)
    text = one.model_dump_json()
    assert "云川" not in text
    assert one.observations[0].area == Place(start=0, end=3)
    assert one.observations[0].period == seal("截至年底")
    assert same_words(one.observations[0].period, "截至 年底")
    assert not same_words(one.observations[0].period, "截至目前")
    assert lint(case(sealed(gold(), TEXT))) == ()


def test_a_facts_only_file_that_holds_words_is_a_fault():
    assert "words" in rules(gold(form="facts"))


def test_gold_is_written_one_label_a_line_and_read_back_the_same(tmp_path):
    path = tmp_path / "a.json"
    write_gold(path, gold())
    assert read_gold(path) == gold()
    assert sum('"indicator"' in line for line in path.read_text("utf-8").splitlines()) == len(OBSERVATIONS)


def test_a_file_that_is_no_gold_says_what_is_wrong_with_it(tmp_path):
    path = tmp_path / "a.json"
    raw = json.loads(gold().model_dump_json())
    raw["observations"][2]["qualifier"] = "roughly"
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(CallerError, match=r"observations\.2\.qualifier"):
        read_gold(path)
    with pytest.raises(CallerError, match="cannot be opened"):
        read_gold(tmp_path / "none.json")


def labels_of(one):
    """A label file as a person writes it."""
    raw = json.loads(one.model_dump_json())
    for name in ("format", "form", "version", "labelled_on", "topics", "sha256"):
        del raw[name]
    return raw


def test_labels_made_on_a_companion_are_moved_to_the_loaded_text():
    loaded = LoadedText("首页 | 登录\n" + TEXT.replace("\n", "\r\n\u3000\u3000"), name="yunchuan-2023.html")
    found = adopt(labels_of(gold()), loaded, TEXT, date(2026, 11, 1))
    assert found.left_out == ()
    for old, new in zip(gold().observations, found.gold.observations, strict=True):
        assert loaded.text[new.start : new.end] == old.surface
    bases = {one.start for one in found.gold.observations}
    assert all(one.part_of in bases for one in found.gold.observations if one.part_of is not None)
    assert lint(case(found.gold, loaded.text)) == ()


def test_what_was_set_aside_in_furniture_that_is_not_loaded_is_left_out_and_named():
    companion = "热线12345\n" + TEXT
    raw = labels_of(gold())
    shift = len(companion) - len(TEXT)
    for name in ("sections", "observations", "set_aside", "problems", "plans"):
        for row in raw[name]:
            for key in ("start", "end", "part_of"):
                if row.get(key) is not None:
                    row[key] += shift
    raw["set_aside"].insert(0, {"start": 2, "end": 7, "surface": "12345", "why": "name"})
    found = adopt(raw, LoadedText(TEXT, name="yunchuan-2023.txt"), companion, date(2026, 11, 1))
    assert found.left_out == ("12345",)
    assert found.gold.observations == gold().observations


def test_an_observation_that_is_not_in_the_loaded_text_is_an_error_and_never_a_guess():
    loaded = LoadedText(TEXT.replace("512名", "若干名"), name="yunchuan-2023.txt")
    with pytest.raises(CallerError):
        adopt(labels_of(gold()), loaded, TEXT, date(2026, 11, 1))


def test_paragraphs_in_another_order_are_found_by_what_stands_around():
    alignment = Alignment(
        "栏目导航\n法治政府建设年度报告2023年\n正文如下，共12件。",
        "法治政府建设年度报告2023年\n栏目导航\n正文如下，共12件。",
    )
    start = "栏目导航\n法治政府建设年度报告2023年\n正文如下，共12件。".index("2023年")
    assert alignment.span(start, start + 5) == (10, 15)


def test_a_surface_that_is_not_at_its_offsets_is_refused_on_import():
    raw = labels_of(gold())
    raw["observations"][0]["surface"] = "115条"
    with pytest.raises(CallerError, match="surface"):
        adopt(raw, LoadedText(TEXT, name="a.txt"), None, date(2026, 11, 1))


def test_a_label_that_is_still_marked_check_is_refused():
    raw = labels_of(gold())
    raw["observations"][0] |= {"check": "no indicator fits", "around": "…"}
    with pytest.raises(CallerError, match="check"):
        adopt(raw, LoadedText(TEXT, name="a.txt"), None, date(2026, 11, 1))
    del raw["observations"][0]["check"]
    assert adopt(raw, LoadedText(TEXT, name="a.txt"), None, date(2026, 11, 1)).gold.observations == OBSERVATIONS


def second_opinion():
    """B: another code for one, one overlooked, one more, another action of nothing else."""
    labels = [one for one in OBSERVATIONS if one.surface != "512名"]
    labels[0] = labels[0].model_copy(update={"indicator": "administrative_review.other"})
    labels.append(observed("2023年", "2023", "年", "leadership.other"))
    labels.sort(key=lambda one: one.start)
    return gold(observations=tuple(labels), annotator="b")


def test_agreement_is_the_programs_own_score_of_one_annotator_by_the_other():
    found, decisions = compare_labels(gold(), second_opinion(), TEXT)
    assert found.annotators == ("test", "b")
    assert (found.tallies["detection_f1"].numerator, found.tallies["detection_f1"].denominator) == (18, 20)
    assert found.tallies["observation_f1"].numerator == 16
    back, _ = compare_labels(second_opinion(), gold(), TEXT)
    assert back.tallies["observation_f1"] == found.tallies["observation_f1"]
    assert sorted(one.differs for one in decisions) == [("missed",), ("spurious",), ("wrong_indicator_same_topic",)]


def test_adjudication_takes_b_where_a_person_says_so_and_a_elsewhere():
    _, decisions = compare_labels(gold(), second_opinion(), TEXT)
    nothing = adjudicate(gold(), second_opinion(), decisions)
    assert nothing.observations == gold().observations
    assert nothing.annotator == "adjudicated"
    everything = adjudicate(gold(), second_opinion(), [one.model_copy(update={"take": "b"}) for one in decisions])
    assert everything.observations == second_opinion().observations


def test_a_report_field_can_be_adjudicated():
    other = gold().model_copy(update={"meta": gold().meta.model_copy(update={"issuer": "云川县人民政府"})})
    _, decisions = compare_labels(gold(), other, TEXT)
    assert [one.item for one in decisions] == ["field"]
    decided = Decision(**decisions[0].model_dump() | {"take": "b"})
    assert adjudicate(gold(), other, [decided]).meta.issuer == "云川县人民政府"


def test_an_absent_text_is_told_and_a_changed_text_is_an_error(tmp_path):
    reports, labels = tmp_path / "reports", tmp_path / "gold"
    reports.mkdir()
    (reports / "yunchuan-2023.txt").write_bytes(TEXT.encode())
    write_gold(labels / "yunchuan-2023.json", gold())
    write_gold(labels / "real" / "elsewhere.json", sealed(gold(report="elsewhere.txt", sha256="1" * 64), TEXT))
    load = loader(load_settings())
    found = find_cases(load, Home(tmp_path))
    assert [one.gold.name for one in found.found] == ["yunchuan-2023"]
    assert found.absent == ("elsewhere",)
    (reports / "yunchuan-2023.txt").write_bytes(TEXT.replace("512", "513").encode())
    with pytest.raises(CallerError, match="sha256"):
        find_cases(load, Home(tmp_path))


def test_a_texts_folder_that_is_not_there_is_an_error():
    with pytest.raises(CallerError, match="no folder"):
        texts_folder(Path("/nowhere/at/all"))
