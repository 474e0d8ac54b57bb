"""The rules of the house that a machine can hold."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import service
from service.settings import Settings

ROOT = Path(__file__).parents[1]
ROOMS = sorted(path for house in ("service", "schemas", "evals", "prompts") for path in (ROOT / house).rglob("*.py"))
MOST_LINES = 300
# Words that say nothing of what a room does.
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
# Where everything may be caught and not raised again: the edges of worker and API, and a decoder of files that break in any way.
EDGES = {"service/text/load.py", "service/jobs/worker.py", "service/api/shield.py"}


def of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", ROOMS, ids=of)
def test_a_room_says_what_it_does_and_fits_on_a_few_screens(path: Path) -> None:
    source = path.read_text("utf-8")
    assert source.count("\n") < MOST_LINES
    words = ast.get_docstring(ast.parse(source))
    assert words
    assert path.stem not in NAMELESS


@pytest.mark.parametrize("path", [path for path in ROOMS if of(path).startswith("service/")], ids=of)
def test_a_room_says_what_it_does_not_know(path: Path) -> None:
    words = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    assert re.search(r"\b(know|knows|nothing|never|reads only)\b", words)


def broad_handlers(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.ExceptHandler) or isinstance(node.body[-1], ast.Raise):
            continue
        if node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"):
            yield node.lineno


def test_everything_is_caught_only_at_the_edges() -> None:
    broad = {of(path) for path in ROOMS if of(path).startswith(("service/", "schemas/")) and list(broad_handlers(path))}
    assert broad <= EDGES


def test_nothing_of_the_service_is_patched_in_tests() -> None:
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path.name != Path(__file__).name]
    patched = [
        of(path)
        for path in tests
        if re.search(r"mock\.patch|monkeypatch\.setattr\(\s*[\"']service", path.read_text("utf-8"))
    ]
    assert patched == []


def test_every_setting_is_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    named = set()
    for name, field in Settings.model_fields.items():
        alias = getattr(field.validation_alias, "choices", None)
        named.add(str(alias[0]) if alias else f"FAZHI_{name.upper()}")
    assert {name for name in named if f"`{name}`" not in readme} == set()


def test_what_the_service_shows_is_exactly_what_the_evaluation_may_use() -> None:
    assert set(dir(service)) >= {"Extractor", "load_settings", "open_program", "plan", "read_quantity"}
    for name in dir(service):
        assert getattr(service, name) is not None
    with pytest.raises(AttributeError):
        _ = service.extract_everything  # type: ignore[attr-defined]


def test_every_pin_is_exact_and_locked() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    locked = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if "==" in line
    )
    listed = re.findall(r'"([A-Za-z0-9_.-]+)==([^";]+)', project)
    assert len(listed) > 25
    for name, version in listed:
        if name != "setuptools":
            assert locked[name.lower().replace("_", "-")] == version.strip()
    assert not re.search(
        r'"[A-Za-z0-9_.-]+(>=|~=|<)', project.partition("[project]")[2].partition("[tool.")[0].replace('">=3.11"', "")
    )


def test_words_of_real_reports_are_not_committed() -> None:
    """Runs of 30 characters or more; official titles and set phrases are shorter."""
    shared = ROOT.parent / "shared" / "reports"
    if not shared.is_dir():
        pytest.skip("../shared is not here: there are no real reports to compare with")
    size = 30
    runs = set()
    for report in shared.glob("*.txt"):
        text = re.sub(r"\s+", "", report.read_text("utf-8"))
        runs |= {text[at : at + size] for at in range(len(text) - size)}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    found = []
    for name in filter(None, listed):
        path = ROOT / name
        if not path.is_file() or path.stat().st_size > 3_000_000:
            continue
        try:
            text = re.sub(r"\s+", "", path.read_text("utf-8"))
        except UnicodeDecodeError:
            continue
        found += [(name, text[at : at + size]) for at in range(len(text) - size) if text[at : at + size] in runs]
    assert found == []
