"""`policy`: what the archive has decided."""

from pathlib import Path
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.adapters.policy_files import POLICY_NAMES
from preservation.bootstrap.policy_changes import (
    MAX_POLICY_BYTES,
    POLICY_LOCK,
    POLICY_LOCK_SECONDS,
    change_policy,
    policy_text,
    policy_version,
)
from preservation.bootstrap.policy_problems import format_problems
from preservation.cli.console import (
    NO,
    Bars,
    HomeOption,
    JsonOption,
    finding_json,
    say,
    settings_of,
    show_findings,
    show_json,
    show_table,
)
from preservation.errors import Unavailable, WrongUse

app = typer.Typer(no_args_is_help=True)

NameArgument = Annotated[
    str, typer.Argument(help="The policy: replication, ingest, fixity, formats, or a list (formats-NAME).")
]


@app.command("list")
def list_policies(home: HomeOption = None, json: JsonOption = False) -> None:
    """Every policy with its version, the SHA-512 of its file."""
    with bootstrap.reading(settings_of(home)) as repository:
        rows = [{"name": name, "version": policy_version(policy_text(repository, name))} for name in POLICY_NAMES]
    if json:
        show_json(rows)
        return
    show_table(["policy", "version"], [[row["name"], row["version"]] for row in rows])


@app.command("show")
def show(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """The text of one policy, as it is in force."""
    with bootstrap.reading(settings_of(home)) as repository:
        data = policy_text(repository, name)
    text = data.decode("utf-8", "replace")
    if json:
        show_json({"name": name, "version": policy_version(data), "text": text})
    else:
        say(text.removesuffix("\n"))


@app.command("apply")
def apply(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="The new text.")],
    accept_gap: Annotated[
        bool, typer.Option("--accept-gap", help="Take a replication policy that held AIPs fall below.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """State a policy anew, with its event. Refused (2) if it is no such policy, or if held AIPs would fall below it."""
    data = _read(file)
    bars = Bars(quiet=json)
    with bootstrap.writing(settings_of(home), bars) as repository:
        # Only what has a place among the policies; agreements are changed by their own commands.
        policy_text(repository, name)
        with repository.locks.hold(POLICY_LOCK, seconds=POLICY_LOCK_SECONDS), repository.catalogue.begin() as tx:
            is_new = change_policy(repository, tx, name, data, before=None, by=None, accept_gap=accept_gap)
        if is_new:
            fresh = repository.with_policies()
            fresh.save_record(bars)
        bootstrap.publish(repository)
    if json:
        show_json({"name": name, "version": policy_version(data), "changed": is_new})
    else:
        say(f"{name} is in force as {file} states it." if is_new else f"{name} was stated so already.")


@app.command("check")
def check(home: HomeOption = None, json: JsonOption = False) -> int:
    """Whether the format policy can be kept: formats that exist, recipes that do what is asked, tools that are here.

    Exit status 1 if something in it cannot work; what is only missing on this machine is a warning.
    """
    settings = settings_of(home)
    with bootstrap.reading(settings) as repository:
        found = format_problems(repository)
    has_error = any(one.is_error for one in found)
    if json:
        show_json({"ok": not has_error, "findings": [finding_json(one, settings.language) for one in found]})
    elif found:
        show_findings(found, settings.language)
    else:
        say("The policy can be kept.")
    return NO if has_error else 0


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_POLICY_BYTES + 1)
    except OSError as error:
        raise Unavailable(f"{file}: {error.strerror}") from error
    if len(data) > MAX_POLICY_BYTES:
        raise WrongUse(f"{file}: larger than {MAX_POLICY_BYTES} bytes")
    return data
