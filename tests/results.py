"""Results and gold made by hand for the tests of the evaluation suite: a perfect reading, and small ones to order."""

from datetime import UTC, date, datetime
from typing import Any

from evals.cases import Case
from evals.gold import GoldMeta, GoldObservation, GoldReport, say
from schemas.codebook import load_codebook
from schemas.extraction import (
    Audit,
    Document,
    Extraction,
    Observation,
    Provenance,
    Report,
    Section,
    SetAside,
    Statement,
    Usage,
)
from schemas.outline import LoadedText

TEXT = (
    "云川县2023年法治政府建设报告\n"
    "一、主要举措和成效\n"
    "全年收到行政复议申请115件，受理68件，审结60件，调解率36.5%。"
    "开展普法活动120余场次，受众11.9万人次，发放资料3万份。"
    "共有持证执法人员512名，同比下降3.2%。\n"
    "二、存在的不足\n"
    "个别部门执法不规范。\n"
    "三、下一年度工作安排\n"
    "加强执法培训，全年不少于2次。\n"
)


def observed(surface: str, value: str, unit: str | None, indicator: str, **rest: Any) -> GoldObservation:
    """A gold observation at the first place of its surface in TEXT."""
    start = TEXT.index(surface)
    fields = {"qualifier": "exact", "name": "某事"} | rest
    return GoldObservation(
        start=start, end=start + len(surface), surface=surface, value=value, unit=unit, indicator=indicator, **fields
    )


OBSERVATIONS = (
    observed("115件", "115", "件", "administrative_review.applications"),
    observed("68件", "68", "件", "administrative_review.accepted", part_of=TEXT.index("115件")),
    observed("60件", "60", "件", "administrative_review.concluded"),
    observed("36.5%", "36.5", "%", "administrative_review.mediation_rate", part_of=TEXT.index("60件")),
    observed("120余场次", "120", "场次", "legal_publicity.activities", qualifier="more_than"),
    observed("11.9万人次", "119000", "人次", "legal_publicity.participants"),
    observed("3万份", "30000", "份", "legal_publicity.materials"),
    observed("512名", "512", "名", "enforcement.certificates"),
    observed("3.2%", "3.2", "%", "enforcement.certificates", aspect="change"),
    observed("不少于2次", "2", "次", "enforcement.trainings", qualifier="more_than", aspect="target"),
)


def gold(text: str = TEXT, observations: tuple[GoldObservation, ...] = OBSERVATIONS, **rest: Any) -> GoldReport:
    """Gold over TEXT, or over another text with observations of its own."""
    codes = load_codebook().indicators.values()
    found: dict[str, Any] = dict(  # noqa: C408
        report="yunchuan-2023.txt",
        annotator="test",
        labelled_on=date(2026, 11, 1),
        codebook="2026-11",
        topics=tuple(dict.fromkeys(one.topic for one in codes)),
        sha256=LoadedText(text).sha256,
        meta=GoldMeta(
            title="云川县2023年法治政府建设报告",
            jurisdiction="云川县",
            level="county",
            issuer=None,
            year=2023,
            published_on=None,
        ),
        sections=(),
        observations=observations,
        set_aside=(),
        documents=(),
        problems=(),
        plans=(),
    )
    if text == TEXT:
        found |= sections_of_text()
    return GoldReport(**(found | rest))


def sections_of_text() -> dict[str, Any]:
    """Sections, sentences and what is set aside in TEXT."""
    headings = (("一", "主要举措和成效"), ("二", "存在的不足"), ("三", "下一年度工作安排"))

    def sentence(words: str) -> dict[str, int]:
        return {"start": TEXT.index(words), "end": TEXT.index(words) + len(words)}

    return {
        "sections": [{"path": [mark], "heading": words, "start": TEXT.index(f"{mark}、")} for mark, words in headings],
        "set_aside": [{"start": 3, "end": 8, "surface": "2023年", "why": "date"}],
        "problems": [sentence("个别部门执法不规范。")],
        "plans": [sentence("加强执法培训，全年不少于2次。")],
    }


def case(one: GoldReport | None = None, text: str = TEXT) -> Case:
    """Gold with its text."""
    return Case(one or gold(), LoadedText(text, name="yunchuan-2023.txt"), "samples")


def perfect(one: GoldReport, text: str = TEXT) -> Extraction:
    """The extraction that agrees with gold in everything."""

    def words(found: Any) -> Any:
        return say(found, text)

    ids: dict[int, str] = {}
    names = []
    for label in one.observations:
        name = f"o{label.start}-{label.end}"
        names.append(name if name not in names else f"{name}.2")
        ids.setdefault(label.start, names[-1])
    observations = tuple(
        Observation(
            id=name,
            section=None,
            indicator=label.indicator,
            topic=label.indicator.partition(".")[0],
            name=label.name or "",
            value=label.value,
            value_to=label.value_to,
            unit=label.unit,
            qualifier=label.qualifier,
            aspect=label.aspect,
            part_of=None if label.part_of is None else ids[label.part_of],
            area=words(label.area),
            period=words(label.period),
            start=label.start,
            end=label.end,
            quote=text[label.start : label.end],
            origin="mark",
            flags=(),
        )
        for name, label in zip(names, one.observations, strict=True)
    )
    aside = tuple(
        SetAside(
            section=None,
            start=label.start,
            end=label.end,
            quote=text[label.start : label.end],
            why=label.why,
            by="scanner",
            doubt=False,
        )
        for label in one.set_aside
    )
    return Extraction(
        report=Report(
            title=words(one.meta.title),
            jurisdiction=words(one.meta.jurisdiction),
            level=one.meta.level,
            issuer=words(one.meta.issuer),
            year=one.meta.year,
            published_on=one.meta.published_on,
            source=None,
            name=one.report,
            sha256=one.sha256,
            characters=len(text),
        ),
        sections=tuple(
            Section(
                id=f"s{number}",
                path=label.path,
                heading=words(label.heading),
                start=label.start,
                end=len(text),
                role="other",
                status="read",
                reason=None,
            )
            for number, label in enumerate(one.sections, start=1)
        ),
        observations=observations,
        set_aside=aside,
        unread=(),
        documents=tuple(
            Document(
                title=words(label.title),
                number=words(label.number),
                action=label.action,
                start=label.start,
                end=label.end,
                section=None,
            )
            for label in one.documents
        ),
        problems=_statements(one.problems, text),
        plans=_statements(one.plans, text),
        audit=Audit(
            mentions=len(observations) + len(aside),
            observed=len(observations),
            set_aside=len(aside),
            unread=0,
            observations=len(observations),
            checks=(),
            compliance=(),
        ),
        usage=Usage(
            calls=1,
            prompt_tokens=100,
            cached_tokens=0,
            completion_tokens=50,
            cost=None,
            parts=1,
            parts_from_cache=0,
            seconds=0.01,
        ),
        provenance=Provenance(
            schema_version="1",
            codebook="2026-11",
            prompt="read_section/v1",
            splitter="1",
            scanner="1",
            model="hand",
            mode="hand",
            created_at=datetime(2026, 11, 1, tzinfo=UTC),
        ),
    )


def _statements(labels: Any, text: str) -> tuple[Statement, ...]:
    return tuple(
        Statement(start=label.start, end=label.end, text=text[label.start : label.end], section=None)
        for label in labels
    )


def with_observation(extraction: Extraction, quote: str, /, **changes: Any) -> Extraction:
    """A copy in which the observation with this quote says something else."""
    observations = tuple(
        one.model_copy(update=changes) if one.quote == quote else one for one in extraction.observations
    )
    return extraction.model_copy(update={"observations": observations})


def without_observation(extraction: Extraction, quote: str) -> Extraction:
    """A copy that lacks an observation."""
    kept = tuple(one for one in extraction.observations if one.quote != quote)
    return extraction.model_copy(update={"observations": kept})


def with_another(
    extraction: Extraction, like: str, start: int, end: int, text: str = TEXT, **changes: Any
) -> Extraction:
    """A copy with one more observation, at another place."""
    model = next(one for one in extraction.observations if one.quote == like)
    place = {"id": f"o{start}-{end}.9", "start": start, "end": end, "quote": text[start:end]}
    another = model.model_copy(update=place | changes)
    return extraction.model_copy(update={"observations": (*extraction.observations, another)})
