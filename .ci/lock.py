"""
Write `constraints.txt`: every package, direct and transitive, at the version that pip resolves today.

Run by `make lock` after a pin in `pyproject.toml` changed.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAD = "# Every package, direct and transitive, at the version that was tested. Made by `make lock`.\n"


def main() -> None:
    """Resolve without the old constraints, then write the new ones."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        subprocess.run([*command, "--report", str(report), f"{ROOT}[evals,export,dev]"], check=True)  # noqa: S603
        found = json.loads(report.read_text("utf-8"))["install"]
    rows = sorted((one["metadata"]["name"].lower().replace("_", "-"), one["metadata"]["version"]) for one in found)
    lines = [f"{name}=={version}\n" for name, version in rows if name != "fazhi"]
    (ROOT / "constraints.txt").write_text(HEAD + "".join(lines), "utf-8")
    print(f"{len(lines)} packages in constraints.txt")  # noqa: T201


if __name__ == "__main__":
    main()
