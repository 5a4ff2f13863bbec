"""`format par`: the rules for formats in the shape of PAR, out and in."""

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from preservation.adapters.clock import SystemClock
from preservation.adapters.policy_files import read_policies
from preservation.adapters.policy_files.formats_text import formats_text
from preservation.bootstrap.format_engines import format_registry
from preservation.cli.console import HomeOption, JsonOption, say, settings_of, show_json
from preservation.errors import Unavailable, WrongUse
from preservation.standards.par import write_par
from preservation.standards.par_reading import NotPar, read_par

app = typer.Typer(no_args_is_help=True)

_MOST_BYTES = 16 << 20


@app.callback()
def par() -> None:
    """Preservation Action Registries: rules and actions as JSON."""


@app.command("export")
def export(home: HomeOption = None, json: JsonOption = True) -> None:
    """Print the rules and migrations in force as one JSON document in PAR's shape."""
    del json
    policy = read_policies(settings_of(home).home / "policies").formats
    registry = format_registry(policy)
    show_json(write_par(policy.rules, policy.migrations, format_of=registry.format, now=SystemClock().now()))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(readable=False, help="A JSON document in PAR's shape.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Print what a PAR document says as text for formats.toml. Nothing is changed: `policy apply formats` puts it in force.

    What has no counterpart here is told in comments. Exit status 2 for a file that is no such document. No home is looked at.
    """
    del home
    try:
        with file.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Unavailable(f"{file}: {error.strerror}") from error
    if len(data) > _MOST_BYTES:
        raise WrongUse(f"{file}: larger than {_MOST_BYTES} bytes")
    try:
        found = read_par(json_module.loads(data))
    except (NotPar, ValueError, RecursionError) as error:
        raise WrongUse(f"{file}: not a PAR document: {error}") from error
    text = formats_text(found.rules, found.migrations, prefix="par", says_accept=found.says_accept)
    if json:
        left_out = [{"name": name, "reason": reason} for name, reason in found.left_out]
        show_json({"rules": len(found.rules), "migrations": len(found.migrations), "text": text, "left_out": left_out})
        return
    say(text.removesuffix("\n"))
    for name, reason in found.left_out:
        say(f"# left out: {name!r}: {reason}")
