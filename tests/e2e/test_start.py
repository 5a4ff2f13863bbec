"""What it costs to start: a command loads what it uses, and what is loaded late still works."""

import gc
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from preservation.cli.late_logs import set_up_late
from preservation.cli.main import COMMANDS
from preservation.cli.on_demand import Commands, Place
from tests.homes import make_home

# Each takes longer to load than a command takes to run.
HEAVY = ("alembic", "minio", "psycopg", "pygfried", "rich", "structlog")
LOADED = """
import sys
from preservation.cli.main import run
status = run(sys.argv[2:])
loaded = [name for name in sys.argv[1].split() if name in sys.modules]
sys.exit(f"status {status}, loaded {loaded}" if status or loaded else 0)
"""


def loaded_by(*arguments: str, names: tuple[str, ...] = HEAVY) -> subprocess.CompletedProcess[str]:
    """Run a command, ending with a complaint if it loaded one of these modules."""
    return subprocess.run(
        [sys.executable, "-c", LOADED, " ".join(names), *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_a_command_that_draws_and_logs_nothing_loads_nothing_for_it(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    ended = loaded_by("aip", "list", "--home", str(home.root), "--json")

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_command_loads_no_other_commands_module(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    others = tuple(f"preservation.cli.{module}" for module in ("audits", "fixities", "replicas", "validators"))
    ended = loaded_by("aip", "list", "--home", str(home.root), "--json", names=others)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_garbage_is_looked_for_again_once_a_command_is_loaded() -> None:
    assert gc.isenabled()
    Commands(COMMANDS)["audit"].get_short_help_str()

    assert gc.isenabled()


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_where_the_table_says(name: str) -> None:
    command = Commands(COMMANDS)[name]

    assert command.name == name
    assert command.get_short_help_str()


def test_a_command_that_is_given_stands_beside_those_that_are_loaded() -> None:
    commands = Commands({"init": Place("homes", "init")})
    commands["other"] = typer.main.get_group(typer.Typer(name="other"))

    assert list(commands) == ["init", "other"]
    assert len(commands) == 2
    assert "absent" not in commands
    assert commands.get("absent") is None


def test_the_first_line_that_is_logged_comes_out_as_every_other(tmp_path: Path) -> None:
    program = tmp_path / "logs.py"
    program.write_text(
        "import logging, sys\n"
        "from preservation.cli.late_logs import set_up_late\n"
        "set_up_late('warning', 'json')\n"
        "assert 'structlog' not in sys.modules\n"
        "for number in range(2):\n"
        "    logging.getLogger('library').warning('line %d', number)\n"
        "logging.getLogger('library').info('too little')\n"
    )
    ended = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in ended.stderr.splitlines()]

    assert [(line["event"], line["level"], line["logger"]) for line in lines] == [
        ("line 0", "warning", "library"),
        ("line 1", "warning", "library"),
    ]


@pytest.mark.usefixtures("logging_as_before")
def test_where_structured_logging_is_loaded_already_it_is_set_up_at_once() -> None:
    import_of_structlog = sys.modules.get("structlog")
    set_up_late("warning", "json")

    is_late = type(logging.root.handlers[0]) is not logging.StreamHandler
    assert is_late is (import_of_structlog is None)
