"""`init`, `rebuild`, `doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.bootstrap.people import first_administrator
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
from preservation.cli.examination import examine_machine
from preservation.services.people import NewAccount


def init(
    origin: Annotated[
        str | None,
        typer.Option(help="The ledger's name for ever: a URL without scheme, such as archives.example/ledger."),
    ] = None,
    administrator: Annotated[str, typer.Option(help="The login of the first account.")] = "admin",
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make a home: database, signing key, policies, two folder replicas. Exit status 2 if something is there already.

    The first account is an administrator's; its one-time password is shown once.
    """
    settings = settings_of(home)
    made: list[NewAccount] = []

    def people(repository: bootstrap.Repository) -> None:
        made.append(first_administrator(repository, administrator))

    bars = Bars(quiet=json)
    try:
        identity = bootstrap.initialise(settings, origin, bars, people=people)
    finally:
        bars.close()
    if json:
        show_json(
            {
                "repository": identity.id,
                "origin": identity.origin,
                "vkey": identity.vkeys[-1],
                "home": str(settings.home),
                "administrator": made[0].account.name,
                "password": made[0].password,
            }
        )
        return
    say(f"A home is in {settings.home}.")
    say(f"  repository  {identity.id}")
    say(f"  vkey        {identity.vkeys[-1]}")
    say(f"  sign in as  {made[0].account.name}, with the password {made[0].password} (shown this once)")
    say("Keep keys/ledger.key safe, and give the vkey to your auditors. Move a replica to another disk soon.")


def rebuild(
    source: Annotated[str, typer.Option("--from", help="The folder of a replica, or s3://BUCKET/PREFIX?endpoint=URL.")],
    key: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            help="The old home's signing key, if it was not lost. Without it a new one is made, which succeeds the old one "
            "by an entry in the ledger.",
        ),
    ] = None,
    vkey: Annotated[str | None, typer.Option(help="The ledger's verifier key, if you have it from elsewhere.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Make a new home from one replica alone. Exit status 1 if something on the replica could not be read.

    Only for a repository whose old home is gone or will never write again.
    From a replica that another live home still writes to, a rebuild makes two
    repositories of one (a fork): both go on with the same ledger, and the two
    histories contradict each other for ever. To look at a replica beside a
    live home, rebuild from a copy of its folder, and let nothing in there.
    """
    bars = Bars(quiet=json)
    settings = settings_of(home)
    try:
        result = bootstrap.rebuild_home(settings, source, key_file=key, vkey=vkey, progress=bars)
    finally:
        bars.close()
    if json:
        show_json(
            {
                "aips": result.aips,
                "versions": result.versions,
                "events": result.events,
                "root": result.root.hex(),
                "problems": [finding_json(finding, settings.language) for finding in result.problems],
            }
        )
    else:
        say(
            f"{result.aips} AIPs (one is the archive's own record) in {result.versions} versions, {result.events} events."
        )
        say(f"The ledger's root is {result.root.hex()}, as it was signed.")
        say("Passwords and tokens are on no replica: `preservation account reset NAME` gives a person a new password.")
        show_findings(result.problems, settings.language)
    return NO if any(problem.is_error for problem in result.problems) else 0


def doctor(home: HomeOption = None, json: JsonOption = False) -> int:
    """Say what works here, what is missing, and the package that brings it. Exit status 1 if something needed is missing."""
    parts = examine_machine(home)
    if json:
        show_json([{"part": one.part, "state": one.state, "detail": one.detail, "needed": one.needed} for one in parts])
    else:
        show_table(["part", "state", ""], [[one.part, one.state, one.detail] for one in parts])
    return NO if any(one.needed and one.state != "ok" for one in parts) else 0
