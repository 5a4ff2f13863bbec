"""`agreement`: what producers and the archive have settled."""

from typing import Annotated

import typer

from preservation import bootstrap
from preservation.cli.console import HomeOption, JsonOption, say, settings_of, show_json, show_table
from preservation.domain.agreements import SubmissionAgreement
from preservation.errors import NotHere

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_agreements(home: HomeOption = None, json: JsonOption = False) -> None:
    """Every submission agreement of `HOME/policies/agreements`."""
    with bootstrap.reading(settings_of(home)) as repository:
        found = [one.described() for one in repository.policies.agreements.values()]
    if json:
        show_json(found)
        return
    show_table(
        ["agreement", "collection", "in force", "acceptance", "title"],
        [[row["id"], row["collection"], row["active"], row["acceptance"], row["title"]] for row in found],
    )


@app.command("show")
def show(
    id: Annotated[str, typer.Argument(help="The agreement: the name of its file without .toml.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """One submission agreement with all of its rules."""
    with bootstrap.reading(settings_of(home)) as repository:
        agreement = find_agreement(repository, id)
    if json:
        show_json(agreement.described())
        return
    for name, value in agreement.described().items():
        say(f"{name:20} {value}")


def find_agreement(repository: bootstrap.Repository, id: str) -> SubmissionAgreement:
    """The agreement of this name. NotHere if there is none."""
    found = repository.policies.agreements.get(id)
    if found is None:
        known = ", ".join(repository.policies.agreements) or "there is none yet"
        raise NotHere(f"there is no submission agreement {id} ({known})")
    return found
