"""The documents say what is so: commands, links, tests and files that they name exist, and the README's lines run as written."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from preservation.cli.main import app

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "examples/README.md", ROOT / "policies/README.md"]
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TEST = re.compile(r"`(tests/[\w./]+\.py)(?:::(\w+))?`")
PATH = re.compile(r"`((?:docs|policies|examples|migrations|preservation|tests|bench)/[\w./-]*)`")
MODULE = re.compile(r"`((?:adapters|bootstrap|cli|domain|services|standards)/[\w./-]*)`")


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """Every command with its full name, from the application itself."""

    def walk(group: TyperGroup, prefix: str) -> Iterator[tuple[str, TyperCommand]]:
        for name, command in sorted(group.commands.items()):
            if isinstance(command, TyperGroup):
                yield from walk(command, f"{prefix}{name} ")
            elif isinstance(command, TyperCommand):
                yield f"{prefix}{name}", command

    whole = typer.main.get_command(app)
    assert isinstance(whole, TyperGroup)
    yield from walk(whole, "")


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def test_every_command_and_option_is_in_the_documentation() -> None:
    text = text_of(ROOT / "docs/commands.md")
    sections = re.split(r"^#+ .*$", text, flags=re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    shared = {"--home", "--json", "--help"}

    found = list(commands())
    assert len(found) >= 20
    for name, command in found:
        group, _, last = name.rpartition(" ")
        way = re.compile(rf"preservation {name}(?![a-z])" + (rf"|`{last}[ `]" if group else ""))
        place = [
            heading + section
            for heading, section in zip(headings, sections[1:], strict=True)
            if f"preservation {group or name}" in heading and way.search(heading)
        ]
        assert place, f"docs/commands.md has no heading for {name}"
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option not in shared:
                    assert option in place[0], f"docs/commands.md does not name {option} of {name}"


def test_every_command_that_a_document_names_exists() -> None:
    names = {name for name, _ in commands()}
    groups = {name.rpartition(" ")[0] for name in names} - {""}

    checked = 0
    for document in DOCUMENTS:
        text = text_of(document)
        blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
        for line in [*re.findall(r"`preservation ([^`]*)`", text), *re.findall(r"\bpreservation ([a-z].*)", blocks)]:
            first, *rest = line.split()
            if not first.islower() or not first.isalpha():
                continue
            known = first in names or (first in groups and (not rest or f"{first} {rest[0]}" in names | groups))
            assert known, f"{document.relative_to(ROOT)}: preservation {line}"
            checked += 1
    assert checked >= 40


def test_links_between_documents_resolve() -> None:
    checked = 0
    for document in DOCUMENTS:
        for target in LINK.findall(text_of(document)):
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            path, _, anchor = target.partition("#")
            place = document if not path else (document.parent / path)
            assert place.exists(), f"{document.relative_to(ROOT)}: {target}"
            if anchor and place.suffix == ".md":
                assert anchor in anchors(place), f"{document.relative_to(ROOT)}: {target}"
            checked += 1
    assert checked >= 20


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text_of(document), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_test_that_a_document_names_exists() -> None:
    checked = 0
    for document in DOCUMENTS:
        for path, function in TEST.findall(text_of(document)):
            file = ROOT / path
            assert file.is_file(), f"{document.relative_to(ROOT)}: {path}"
            if function:
                assert re.search(rf"^ *def {function}\(", text_of(file), re.MULTILINE), f"{path}::{function}"
            checked += 1
    assert checked >= 60


def test_every_file_that_a_document_names_exists() -> None:
    for document in DOCUMENTS:
        text = text_of(document)
        for path in PATH.findall(text):
            assert (ROOT / path).exists(), f"{document.relative_to(ROOT)}: {path}"
        if document.name in ("processes.md", "life-of-a-package.md", "ARCHITECTURE.md"):
            for path in MODULE.findall(text):
                assert (ROOT / "preservation" / path).exists(), f"{document.relative_to(ROOT)}: {path}"


def test_every_module_of_the_services_is_on_the_map() -> None:
    text = text_of(ROOT / "ARCHITECTURE.md")

    for module in (ROOT / "preservation/services").glob("*.py"):
        name = module.stem
        family = f"{name.partition('_')[0]}_*"
        assert name == "__init__" or f"`{name}`" in text or f"`{family}`" in text, name


def test_every_decision_is_in_the_index_and_says_what_it_must() -> None:
    index = text_of(ROOT / "docs/decisions/README.md")

    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        title = text_of(record).splitlines()[0].removeprefix("# ")
        assert f"| [{record.name[:4]}]({record.name}) | {title[5:]} |" in index
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in text_of(record), f"{record.name} has no {part}"


def test_terms_that_the_glossary_avoids_are_no_names_in_the_code() -> None:
    avoided = {"checksum", "backup", "corrupt", "corrupted", "blockchain"}
    glossary = text_of(ROOT / "docs/glossary.md").split("## Terms we do not use")[1]
    for word in ("checksum", "backup", "corrupt", "blockchain"):
        assert word in glossary

    for module in (ROOT / "preservation").rglob("*.py"):
        with module.open("rb") as stream:
            for token in tokenize.tokenize(stream.readline):
                if token.type == tokenize.NAME:
                    words = set(re.sub(r"([A-Z])", r"_\1", token.string).lower().split("_"))
                    # A checksum file is what md5sum and its kind write, and what Archivematica calls it.
                    allowed = {"checksum"} if "checksum" in words and is_about_checksum_files(token.string) else set()
                    assert not (words & avoided) - allowed, f"{module.relative_to(ROOT)}: {token.string}"


def is_about_checksum_files(name: str) -> bool:
    return name in {"checksum_files", "checksum_algorithm", "read_checksum_file"}


@pytest.mark.slow
def test_the_lines_of_the_readme_run_as_they_are_written(tmp_path: Path) -> None:
    text = text_of(ROOT / "README.md")
    block = next(block for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "preservation init" in block)
    work = tmp_path / "checkout"
    shutil.copytree(ROOT / "examples", work / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    (work / ".venv/bin").mkdir(parents=True)
    (work / ".venv/bin/activate").write_text(f"PATH={Path(sys.executable).parent}:$PATH\n")
    (work / "Makefile").write_text("install:\n")
    home = tmp_path / "home-of-the-reader"
    home.mkdir()
    lines = [line.split("  #")[0].strip() for line in block.splitlines() if line.strip()]
    script = "\n".join(f"{line}\nprintf 'status %s of %s\\n' $? {shlex.quote(line)} >&2" for line in lines)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRESERVATION_")}

    done = subprocess.run(
        ["sh", "-c", script],
        cwd=work,
        env={**kept, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )

    statuses = {line: int(status) for status, line in re.findall(r"^status (\d+) of (.*)$", done.stderr, re.MULTILINE)}
    assert len(statuses) == len(lines) >= 12, done.stderr
    refused = {line for line, status in statuses.items() if status}
    # The broken bag is refused: that is what the line is there to show.
    assert refused == {"preservation transfer check examples/five-faults"}, done.stdout + done.stderr


@pytest.mark.slow
def test_what_commands_print_as_json_has_the_fields_that_the_documentation_names(tmp_path: Path) -> None:
    text = " ".join(text_of(ROOT / "docs/commands.md").split())
    home, dossier = str(tmp_path / "home"), str(ROOT / "examples/ho-so-H49.64.33.2001.160")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRESERVATION_")}

    def asked(*arguments: str, at_home: bool = True) -> object:
        done = subprocess.run(
            [Path(sys.executable).with_name("preservation"), *arguments, "--json"],
            env={**kept, **({"PRESERVATION_HOME": home} if at_home else {})},
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    undocumented: list[str] = []

    def documented(answer: object) -> None:
        while isinstance(answer, list):
            answer = answer[0]
        assert isinstance(answer, dict)
        fields = ", ".join(re.escape(name) + r"(: \[\{[^}]*\}\])?" for name in answer)
        if not re.search(r"\{" + fields + r"\}", text):
            undocumented.append(f"{{{', '.join(answer)}}}")

    documented(asked("init"))
    documented(asked("transfer", "check", dossier, at_home=False))
    taken = asked("ingest", dossier)
    documented(taken)
    assert isinstance(taken, list)
    aip = taken[0]["aip_id"]
    documented(asked("aip", "list"))
    documented(asked("aip", "show", aip))
    documented(asked("aip", "export", aip, str(tmp_path / "bag")))
    documented(asked("bag", "validate", str(tmp_path / "bag"), at_home=False))
    documented(asked("collection", "add", "H49", "Phông"))
    documented(asked("collection", "list"))
    documented(asked("format", "review"))
    documented(asked("fixity", "run", "--all"))
    documented(asked("fixity", "status"))
    documented(asked("replica", "add", str(tmp_path / "third")))
    documented(asked("replica", "sync"))
    documented(asked("replica", "list"))
    documented(asked("replica", "retire", "third"))
    documented(asked("audit", "list"))
    documented(asked("audit", "verify"))
    documented(asked("audit", "checkpoint"))
    proven = asked("audit", "prove", aip, "--out", str(tmp_path / "receipt"))
    documented(proven)
    assert isinstance(proven, dict)
    documented(asked("audit", "check", str(tmp_path / "receipt"), "--vkey", proven["vkey"], at_home=False))
    documented(asked("doctor"))
    shutil.copytree(tmp_path / "home/replicas/a", tmp_path / "disk")
    documented(asked("rebuild", "--from", str(tmp_path / "disk"), "--home", str(tmp_path / "again")))

    assert undocumented == []
