"""The house keeps its shape: directions of imports, sizes and names of modules, nothing of anybody's machine."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = [folder for name in ("preservation", "workers") if (folder := ROOT / name).is_dir()]
MODULES = sorted(path for package in PACKAGES for path in package.rglob("*.py"))

LONGEST = 300
# What a longer module says in its docstring, followed by why.
REASON = "This module is long because"

# Names that say where code was put rather than what it does.
GRAB_BAGS = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "base"}

# A path on the machine of whoever wrote it, as opposed to one below a replica or a home.
SOMEBODYS_MACHINE = re.compile(r"(?<![\w}>.\-])/(?:home|opt|root|work|Users)/\w")
TEXTS = {".cfg", ".ini", ".json", ".lock", ".md", ".py", ".sh", ".toml", ".yaml", ".yml", ""}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=folder, check=False, capture_output=True, text=True)


def test_imports_point_inward() -> None:
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "text", "contract"),
    [
        ("utils.py", "", "Imports point inward"),
        ("services/planted.py", "from preservation.adapters import policy_files", "Imports point inward"),
        ("adapters/planted.py", "from preservation.services import planted", "Imports point inward"),
        ("domain/planted.py", "from preservation import ports", "Imports point inward"),
        ("logs.py", "from preservation import settings", "Imports point inward"),
        ("domain/planted.py", "import sqlmodel", "The core knows no framework"),
        ("services/planted.py", "import typer", "The core knows no framework"),
        ("adapters/planted.py", "from preservation.adapters import policy_files", "Adapters do not lean on each other"),
        ("adapters/planted.py", "import sqlalchemy", "Only the database package speaks SQL"),
        ("adapters/planted.py", "import workers.tasks", "The package never knows its workers"),
    ],
)
def test_an_import_that_points_outward_breaks_the_contracts(
    tmp_path: Path, module: str, text: str, contract: str
) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "preservation", tmp_path / "preservation", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "preservation/services/planted.py").touch()
    (tmp_path / "preservation" / module).write_text(f"{text}\n")

    result = lint_imports(tmp_path)

    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_and_is_short(path: Path) -> None:
    text = path.read_text()
    docstring = ast.get_docstring(ast.parse(text)) or ""

    if text.strip():
        assert docstring, "no docstring"
    if len(text.splitlines()) > LONGEST:
        assert REASON in docstring, f"over {LONGEST} lines, and its docstring does not say why ({REASON!r} ...)"


def test_no_module_is_a_grab_bag() -> None:
    named = [
        path for path in MODULES if {part.removesuffix(".py") for part in path.relative_to(ROOT).parts} & GRAB_BAGS
    ]

    assert named == []


def test_nothing_names_a_place_on_somebodys_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    paths = [ROOT / name for name in listed if name and Path(name).suffix in TEXTS and not name.startswith("examples/")]
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in paths
        if path.is_file() and (match := SOMEBODYS_MACHINE.search(path.read_text(errors="replace")))
    ]

    assert len(paths) > 30
    assert found == []


def test_the_lock_file_names_no_index_but_the_public_one() -> None:
    sources = set(re.findall(r'source = \{ (?!registry = "https://pypi\.org/simple")[^}]*\}', _lock()))

    assert sources == {'source = { editable = "." }'}
    assert "file:" not in _lock()


def _lock() -> str:
    return (ROOT / "uv.lock").read_text()
