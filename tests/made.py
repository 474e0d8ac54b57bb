"""
Results made by hand labels: what a perfect reader would have read of the invented reports.

For tests of what comes after reading (pages, tables, comparison). It knows gold files and the audit, and no model.
"""

import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

from schemas.codebook import CODEBOOK_VERSION
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
    Unread,
    Usage,
)
from schemas.outline import Masthead
from service.results import audit
from service.text.load import load

ROOT = Path(__file__).parent.parent
GOLD = ROOT / "evals/gold"
REPORTS = ROOT / "evals/reports"
NAMES = (
    "lanpu-2022",
    "qitong-2023",
    "shilu-2022",
    "wudu-2024",
    "zheling-2025",
    "gaoling-2017",
    "huaijin-2023",
    "lanjiang-2020",
    "chengling-scj-2021",
    "yanchuan-yjglj-2019",
)
MADE_AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}{% for a in b %}"
    "\u202e反\u2066\x00\x07\x0b\x7f\u2028\u2029\ud800'\"&amp;<!--"
)


def labelled(
    name: str, *, unread: int = 0, doubtful: int = 0, created_at: datetime = MADE_AT
) -> tuple[Extraction, str]:
    """A result with its text; the first `unread` observations are left unread, `doubtful` set-aside marks doubted."""
    text = report_text(name)
    gold = json.loads((GOLD / f"{name}.json").read_text("utf-8"))
    meta = gold["meta"]
    sections = _sections(gold["sections"], len(text))

    def inside(offset: int) -> str | None:
        holding = [one for one in sections if one.start <= offset < one.end]
        return holding[-1].id if holding else None

    rows = gold["observations"]
    seen: dict[tuple[int, int], int] = {}
    ids: dict[int, str] = {}
    named = []
    for row in rows:
        span = (row["start"], row["end"])
        seen[span] = seen.get(span, 0) + 1
        name_of = f"o{span[0]}-{span[1]}" + (f".{seen[span]}" if seen[span] > 1 else "")
        ids.setdefault(row["start"], name_of)
        named.append(name_of)
    lost = {(row["start"], row["end"]) for row in rows[:unread]}
    observations = tuple(
        Observation(
            id=name_of,
            section=inside(row["start"]),
            indicator=row["indicator"],
            topic=row["indicator"].partition(".")[0],
            name=row["name"],
            value=row["value"],
            value_to=row.get("value_to"),
            unit=row["unit"],
            qualifier=row["qualifier"],
            aspect=row["aspect"],
            part_of=ids.get(row["part_of"]) if row["part_of"] is not None else None,
            area=row["area"],
            period=row["period"],
            start=row["start"],
            end=row["end"],
            quote=row["surface"],
            origin="mark",
            flags=("decrease",) if row["aspect"] == "change" and "降" in text[row["start"] - 4 : row["start"]] else (),
        )
        for row, name_of in zip(rows, named, strict=True)
        if (row["start"], row["end"]) not in lost
    )
    checks = audit.check_arithmetic(text, observations)
    observations = audit.flag_failures(observations, checks)
    set_aside = tuple(
        SetAside(
            section=inside(one["start"]),
            start=one["start"],
            end=one["end"],
            quote=one["surface"],
            why=one["why"],
            by="scanner",
            doubt=at < doubtful,
        )
        for at, one in enumerate(gold["set_aside"])
    )
    problems, plans = (
        tuple(
            Statement(
                start=one["start"], end=one["end"], text=text[one["start"] : one["end"]], section=inside(one["start"])
            )
            for one in gold[which]
        )
        for which in ("problems", "plans")
    )
    report = Report(
        title=meta["title"],
        jurisdiction=meta["jurisdiction"],
        level=meta["level"],
        issuer=meta["issuer"],
        year=meta["year"],
        published_on=date.fromisoformat(meta["published_on"]) if meta["published_on"] else None,
        source=None,
        name=f"{name}.txt",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        characters=len(text),
    )
    spans = tuple(
        Unread(section=inside(start), start=start, end=end, quote=text[start:end], reason="model_unavailable")
        for start, end in sorted(lost)
    )
    return (
        Extraction(
            report=report,
            sections=sections,
            observations=observations,
            set_aside=set_aside,
            unread=spans,
            documents=tuple(Document(**one, section=inside(one["start"])) for one in gold["documents"]),
            problems=problems,
            plans=plans,
            audit=Audit(
                mentions=len(set(seen) | {(one.start, one.end) for one in set_aside}),
                observed=len(seen) - len(lost),
                set_aside=len(set_aside),
                unread=len(spans),
                observations=len(observations),
                checks=checks,
                compliance=audit.compliance(report, Masthead(), sections, problems, plans, None),
            ),
            usage=Usage(
                calls=4,
                prompt_tokens=30_124,
                cached_tokens=24_000,
                completion_tokens=1_530,
                cost=None,
                parts=4,
                parts_from_cache=0,
                seconds=3.2,
            ),
            provenance=provenance(created_at),
        ),
        text,
    )


def report_text(name: str) -> str:
    path = REPORTS / f"{name}.txt"
    return load(path.read_bytes(), name=path.name, max_bytes=10**7, max_characters=10**6).text


def provenance(created_at: datetime = MADE_AT) -> Provenance:
    return Provenance(
        schema_version="1",
        codebook=CODEBOOK_VERSION,
        prompt="read_section/v1",
        splitter="1",
        scanner="1",
        model="hand labels",
        mode="none",
        created_at=created_at,
    )


def _sections(rows: list[dict[str, object]], length: int) -> tuple[Section, ...]:
    made = []
    for at, row in enumerate(rows):
        path = tuple(row["path"])  # type: ignore[arg-type]
        after = (other["start"] for other in rows[at + 1 :] if len(other["path"]) <= len(path))  # type: ignore[arg-type]
        heading = str(row["heading"] or "")
        role = (
            "problems"
            if "问题" in heading or "不足" in heading
            else "plans"
            if "打算" in heading or "下" in heading
            else None
        )
        role = role or ("responsibility" if "第一责任人" in heading else "achievements")
        made.append(
            Section(
                id=f"s{at + 1}",
                path=path,
                heading=row["heading"],  # type: ignore[arg-type]
                start=row["start"],  # type: ignore[arg-type]
                end=next(after, length),  # type: ignore[arg-type]
                role=role,  # type: ignore[arg-type]
                status="read",
                reason=None,
            )
        )
    return tuple(made)
