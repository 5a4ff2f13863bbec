"""The contract of the commands: help with exit statuses, one JSON document, statuses 0 to 3, and never a traceback."""

import json
import os
import shlex
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import typer.main

from preservation.adapters.home import Home
from preservation.adapters.locks import FileLocks
from preservation.cli.main import app
from tests.homes import Answer, TestHome, assert_sound, make_home, preservation
from tests.package_builders import write_files

UNKNOWN = "urn:uuid:00000000-0000-7000-8000-000000000000"
PROGRAM = [sys.executable, "-c", "from preservation.cli.main import main; main()"]
LINES = ("format identify",)  # prints one document a line unless told otherwise


def commands() -> list[str]:
    """Every command as it is typed."""

    def below(group: object) -> list[str]:
        found: list[str] = []
        for name, command in getattr(group, "commands", {}).items():
            found += [f"{name} {one}" for one in below(command)] or [name]
        return found

    return sorted(below(typer.main.get_command(app)))


EXPECTED = [
    "aip export",
    "aip list",
    "aip show",
    "audit check",
    "audit checkpoint",
    "audit list",
    "audit prove",
    "audit verify",
    "bag validate",
    "collection add",
    "collection list",
    "doctor",
    "fixity run",
    "fixity status",
    "format identify",
    "ingest",
    "init",
    "ocfl validate",
    "rebuild",
    "replica add",
    "replica list",
    "replica retire",
    "replica sync",
    "transfer check",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("contract") / "home")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("contract") / "tờ trình", {"a.txt": b"a", "b.txt": b"b"})


@pytest.fixture(scope="module")
def aip(home: TestHome, package: Path) -> str:
    return home.preserved(package)


def started(*arguments: str | bytes | Path, environment: dict[str, str] | None = None) -> Answer:
    """A command in a process of its own."""
    done = subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


SERVING = ("serve", "api", "worker", "scheduler")


def test_every_command_that_the_design_names_is_there() -> None:
    assert set(commands()) >= set(EXPECTED)


@pytest.mark.parametrize("command", commands())
def test_every_command_explains_itself_and_takes_home_and_json(command: str) -> None:
    answer = preservation(*command.split(), "--help")

    assert answer.status == 0
    assert len(answer.out.strip().splitlines()) > 4
    # What serves until it is stopped has no document to print.
    assert ("--json" in answer.out) is (command not in SERVING)
    assert "--home" in answer.out


@pytest.mark.parametrize("command", [one for one in commands() if one not in ("init", "doctor")])
def test_what_makes_no_sense_gets_status_2_and_one_document(command: str, tmp_path: Path) -> None:
    unknown_option = preservation(*command.split(), "--no-such-option", "--json")
    no_home = preservation(*command.split(), *needed(command, tmp_path), "--home", tmp_path / "absent", "--json")

    for answer in (unknown_option, no_home):
        if command in LINES or answer.status in (0, 1):
            continue  # looks at files alone, or makes what is absent
        assert answer.status == 2, answer
        assert set(answer.json) == {"error", "message"}
        assert "Traceback" not in answer.err


def needed(command: str, folder: Path) -> list[str]:
    """Arguments that a command cannot do without."""
    file = write_files(folder, {"file.txt": b"x"}) / "file.txt"
    return {
        "aip export": [UNKNOWN, str(folder / "out")],
        "aip show": [UNKNOWN],
        "audit check": [str(file), "--vkey", "x"],
        "audit prove": [UNKNOWN],
        "bag validate": [str(file)],
        "collection add": ["X", "Title"],
        "format identify": [str(file)],
        "ingest": [str(file)],
        "ocfl validate": [str(folder)],
        "rebuild": ["--from", str(folder)],
        "replica add": [str(folder / "new")],
        "replica retire": ["x"],
        "transfer check": [str(file)],
    }.get(command, [])


@pytest.mark.parametrize(
    "arguments",
    [
        ["aip", "show", UNKNOWN],
        ["aip", "show", ""],
        ["aip", "show", "a\nb"],
        ["aip", "export", UNKNOWN, "/nowhere/out"],
        ["aip", "list", "--collection", "nobody's"],
        ["aip", "list", "--limit", "0"],
        ["audit", "prove", UNKNOWN],
        ["audit", "list", "--since", "yesterday"],
        ["audit", "list", "--after", "-1"],
        ["fixity", "run", "--aip", UNKNOWN],
        ["fixity", "run", "--replica", "nobody"],
        ["fixity", "run", "--all", "--due"],
        ["replica", "sync", "nobody"],
        ["replica", "retire", "nobody"],
        ["ingest", "/dev/null"],
        ["ingest", "/nowhere"],
        ["ingest", "/etc/hostname", "--collection", "nobody's"],
        ["ingest", "/etc/hostname", "--aip", UNKNOWN],
        ["ingest", "/etc/hostname", "--mode", "destruction"],
    ],
    ids=" ".join,
)
def test_asking_for_what_is_not_there_gets_status_2(arguments: list[str], home: TestHome, aip: str) -> None:
    before = home.transfers()

    answer = home.run(*arguments)

    assert answer.status == 2, answer
    assert set(answer.json) == {"error", "message"}
    assert home.transfers() == before


def test_each_command_prints_exactly_one_document_with_json(
    home: TestHome, aip: str, package: Path, tmp_path: Path
) -> None:
    receipt = tmp_path / "receipt"
    runs = [
        ["aip", "list"],
        ["aip", "show", aip],
        ["audit", "list"],
        ["audit", "verify"],
        ["audit", "checkpoint"],
        ["audit", "prove", aip, "--out", str(receipt)],
        ["collection", "list"],
        ["doctor"],
        ["fixity", "run", "--all"],
        ["fixity", "status"],
        ["ocfl", "validate", str(home.replica("a") / "ocfl")],
        ["replica", "list"],
        ["replica", "sync"],
        ["transfer", "check", str(package)],
        ["format", "identify", str(package), "--engine", "siegfried"],
    ]

    answers = {" ".join(arguments[:2]): home.run(*arguments) for arguments in runs}

    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, 0)
    assert {name: answer.err for name, answer in answers.items()} == dict.fromkeys(answers, "")
    shapes = {name: answer.json for name, answer in answers.items()}
    assert set(shapes["audit verify"]) >= {"ok", "tree_size", "root", "problems"}
    assert set(shapes["audit checkpoint"]) == {"checkpoint", "vkey"}
    assert set(shapes["transfer check"]) >= {"package_type", "valid", "findings"}
    assert set(shapes["fixity run"]) >= {
        *("checked", "intact", "damaged", "missing", "unreadable", "repaired", "bytes", "seconds")
    }
    assert set(shapes["replica list"][0]) >= {"name", "url", "role", "state", "copies", "bytes"}
    assert shapes["replica list"][0]["url"].startswith("file:///")
    assert set(shapes["format identify"][0]) >= {
        *("path", "puid", "alternatives", "name", "mime", "basis", "engine", "warning")
    }


def test_people_get_text_for_the_same_questions(home: TestHome, aip: str, package: Path) -> None:
    for arguments in (
        ["aip", "list"],
        ["aip", "show", aip],
        ["audit", "list"],
        ["audit", "verify"],
        ["replica", "list"],
    ):
        answer = preservation(*arguments, "--home", home.root)

        assert answer.status == 0
        assert answer.out.strip()
        with pytest.raises(json.JSONDecodeError):
            json.loads(answer.out)


def test_the_cursor_of_the_audit_list_leads_through_every_event_once(home: TestHome, aip: str) -> None:
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page = home.run("audit", "list", "--limit", "3", "--after", str(after)).json
        seen += [event["id"] for event in page["events"]]
        after = page["next"]

    assert len(seen) == len(set(seen)) == len(home.events())


def test_status_3_tells_that_something_could_not_be_found_out(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    home.replica("b").rename(tmp_path / "b")

    verified = home.run("audit", "verify")
    (home.root / "preservation.db").write_bytes(b"this is no database")
    broken = home.run("aip", "list")

    assert verified.status == 3
    assert (broken.status, set(broken.json)) == (3, {"error", "message"})


def test_a_writer_waits_for_who_must_be_alone(home: TestHome, package: Path) -> None:
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with FileLocks(Home(home.root).lock_file).hold("home", seconds=5):
            taken.set()
            time.sleep(0.4)
            done.set()

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait()
    answer = home.run("ingest", package)
    was_done = done.is_set()
    holder.join()

    assert answer.status == 0
    assert was_done


def test_who_only_looks_never_waits(home: TestHome) -> None:
    with FileLocks(Home(home.root).lock_file).hold("home", seconds=5):
        assert home.run("aip", "list").status == 0


def test_writers_work_side_by_side(home: TestHome, package: Path) -> None:
    with FileLocks(Home(home.root).lock_file).hold("home", seconds=5, shared=True):
        assert home.run("ingest", package).status == 0


def test_two_writers_started_at_once_both_come_to_an_end(home: TestHome, package: Path) -> None:
    command = [*PROGRAM, "ingest", str(package), "--home", str(home.root), "--json"]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]

    outputs = [writer.communicate()[0] for writer in writers]

    assert [writer.returncode for writer in writers] == [0, 0]
    assert len({json.loads(output)[0]["aip_id"] for output in outputs}) == 2
    assert_sound(home)


def test_a_reader_that_goes_away_is_no_error(home: TestHome, aip: str) -> None:
    command = f"{shlex.join(PROGRAM)} audit list --json --home '{home.root}' 2>err | head -1; echo ${{PIPESTATUS[0]}}"

    done = subprocess.run(["bash", "-c", command], cwd=home.root.parent, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["{", "0"]
    assert (home.root.parent / "err").read_text() == ""


def test_names_that_are_no_text_are_told_on_any_terminal(home: TestHome, tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/H\xe5 s\xac\x1b[31m"
    os.mkdir(folder)
    with open(folder + b"/\xff\n.txt", "xb") as stream:
        stream.write(b"x")

    for environment in ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C.UTF-8"}):
        answer = started("ingest", folder, "--home", home.root, environment=environment)

        assert answer.status == 0, answer
        assert answer.err == ""
        assert "\x1b" not in answer.out
        assert answer.out.startswith("preserved")


def test_the_program_runs_as_a_process_with_the_same_statuses(home: TestHome, tmp_path: Path) -> None:
    bad = write_files(tmp_path / "bad", {"bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"})

    rejected = started("ingest", bad, "--home", home.root, "--json")
    usage = started("ingest", "--json")

    assert (rejected.status, rejected.json[0]["status"]) == (1, "rejected")
    assert (usage.status, usage.json["error"]) == (2, "WrongUse")
    assert "Traceback" not in rejected.err + usage.err


def test_the_environment_names_the_home_and_the_language(
    home: TestHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRESERVATION_HOME", str(home.root))
    monkeypatch.setenv("PRESERVATION_LANG", "vi")
    (tmp_path / "empty").mkdir()

    answer = preservation("ingest", tmp_path / "empty", "--json")

    assert answer.status == 1
    assert "không" in answer.json[0]["findings"][0]["message"]


def test_the_help_of_rebuild_tells_of_the_new_key_and_of_the_fork() -> None:
    text = " ".join(preservation("rebuild", "--help").out.replace("│", " ").split())

    assert "Without it a new one is made, which succeeds the old one by an entry in the ledger" in text
    assert "makes two repositories of one (a fork)" in text
