"""`format show`, `format list`: what is known, decided and held of formats."""

import os
from pathlib import Path
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.bootstrap.format_engines import format_registry
from preservation.cli.console import HomeOption, JsonOption, say, settings_of, show_json, show_table
from preservation.domain.policies import FormatPolicy
from preservation.errors import NotHere
from preservation.services.format_list import KnownFormat, described, held_by_puid, known_formats


def show(
    puid: Annotated[str, typer.Argument(help="A PRONOM identifier, such as fmt/40.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """What is known of one format; with a home, its rule and how much of it is held too. Exit status 3 if nobody knows it."""
    policy, held = _policy_and_holdings(home)
    registry = format_registry(policy)
    found = registry.format(puid)
    if found is None and puid not in policy.rules.by_puid and puid not in held:
        raise NotHere(f"there is no format {puid} in {registry.release}")
    one = KnownFormat(puid, found, policy.rules.rule_for(puid), *held.get(puid, (0, 0)))
    value = described(one, policy, registry.release)
    if json:
        show_json(value)
        return
    for key, text in value.items():
        if isinstance(text, list):
            for each in text:
                say(f"{key:<14} {_text(each)}")
        elif text not in ("", None):
            say(f"{key:<14} {text}")


def list_formats(
    held: Annotated[bool, typer.Option("--held", help="Only formats of which files are held.")] = False,
    at_risk: Annotated[
        bool, typer.Option("--at-risk", help="Only formats whose risk the policy calls medium or high.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Formats with the rule of each, and how much of it is held."""
    policy, holdings = _policy_and_holdings(home)
    registry = format_registry(policy)
    rows = [one.line() for one in known_formats(registry, policy, holdings, only_held=held, only_at_risk=at_risk)]
    if json:
        show_json(rows)
        return
    columns = ("puid", "name", "version", "accept", "risk", "files", "bytes")
    show_table(columns, [[row[name] for name in columns] for row in rows])


def _policy_and_holdings(home: Path | None) -> tuple[FormatPolicy, dict[str, tuple[int, int]]]:
    """Without a home the registry stands alone."""
    if home is None and "PRESERVATION_HOME" not in os.environ:
        return FormatPolicy(), {}
    with bootstrap.reading(settings_of(home)) as repository:
        return repository.policies.formats, dict(held_by_puid(repository.catalogue.format_holdings()))


def _text(value: object) -> str:
    return ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else str(value)
