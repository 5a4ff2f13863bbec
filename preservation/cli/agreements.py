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
        found = [agreement_json(one) for one in repository.policies.agreements.values()]
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
        show_json(agreement_json(agreement))
        return
    for name, value in agreement_json(agreement).items():
        say(f"{name:20} {value}")


def find_agreement(repository: bootstrap.Repository, id: str) -> SubmissionAgreement:
    """The agreement of this name. NotHere if there is none."""
    found = repository.policies.agreements.get(id)
    if found is None:
        known = ", ".join(repository.policies.agreements) or "there is none yet"
        raise NotHere(f"there is no submission agreement {id} ({known})")
    return found


def agreement_json(agreement: SubmissionAgreement) -> dict[str, object]:
    """An agreement as the commands print it."""
    return {
        "id": agreement.id,
        "title": agreement.title,
        "collection": agreement.collection,
        "active": agreement.active,
        "submitters": sorted(agreement.submitters),
        "package_types": sorted(agreement.package_types),
        "max_bytes": agreement.max_bytes,
        "max_files": agreement.max_files,
        "max_file_bytes": agreement.max_file_bytes,
        "formats": {puid: rule.value for puid, rule in agreement.formats},
        "other_formats": agreement.other_formats.value,
        "unknown_formats": agreement.unknown_formats.value,
        "required_metadata": sorted(agreement.required_metadata),
        "acceptance": agreement.acceptance.value,
        "access": agreement.access.value,
        "retention_years": agreement.retention_years,
        "copies": agreement.copies,
        "fixity_window_days": agreement.fixity_window_days,
    }
