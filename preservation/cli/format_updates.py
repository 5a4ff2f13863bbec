"""`format update`, `format reidentify`, `format history`: signatures kept current, and what follows for what is held."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.adapters.policy_files import read_policies
from preservation.bootstrap.format_engines import reidentification
from preservation.bootstrap.format_updates import Installation, install, look_at, touched_for
from preservation.bootstrap.locking import LOCK_SECONDS
from preservation.bootstrap.policy_changes import POLICY_LOCK, POLICY_LOCK_SECONDS
from preservation.cli.answer_reports import answers_json, tell_answers
from preservation.cli.console import (
    COULD_NOT_TELL,
    Bars,
    HomeOption,
    JsonOption,
    say,
    settings_of,
    show_json,
)
from preservation.domain.policies import FormatEngine
from preservation.errors import WrongUse
from preservation.services.format_update import SignatureUpdate
from preservation.services.identification_history import history_of
from preservation.services.reidentification_record import ReidentificationTerms
from preservation.services.reidentified import Scope

_SHOWN = 20


def update(
    file: Annotated[
        Path,
        typer.Argument(readable=False, help="A DROID signature file, a DROID container signature file, or a .sig."),
    ],
    apply: Annotated[
        bool, typer.Option("--apply", help="Put it in force, and queue the job that identifies again.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """What a signature file would change; with --apply it is put in force. Exit status 2 for a file that is none."""
    settings = settings_of(home)
    done: Installation | None = None
    if apply:
        bars = Bars(quiet=json)
        with bootstrap.writing(settings, bars) as repository:
            with repository.locks.hold(POLICY_LOCK, seconds=POLICY_LOCK_SECONDS):
                present = repository.with_policies()
                found = look_at(file, present.policies.formats)
                done = install(present, found)
            if done.is_new:
                repository.with_policies().save_record(bars)
            bootstrap.publish(repository)
        bars.close()
    else:
        found = look_at(file, read_policies(settings.home / "policies").formats)
    if json:
        show_json(_update_json(found, done))
    else:
        _tell_update(found, done)


def reidentify(
    every: Annotated[bool, typer.Option("--all", help="Every file that the engine has not answered for yet.")] = False,
    aip: Annotated[str | None, typer.Option(help="Only this AIP.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many AIPs at most.")] = None,
    engine: Annotated[
        FormatEngine | None, typer.Option(help="siegfried or fido, instead of what the policy asks first.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Identify again what is unknown, ambiguous or known by extension alone, and what installed signatures touch.

    A firm answer that differs becomes the file's identification; every answer is kept. Exit status 3 if an AIP waits.
    """
    settings = settings_of(home)
    bars = Bars(quiet=json)
    try:
        with (
            bootstrap.writing(settings, bars) as repository,
            repository.locks.hold("reidentification", seconds=LOCK_SECONDS),
        ):
            policy = repository.policies.formats
            name = engine or policy.first
            if name is FormatEngine.NONE:
                raise WrongUse("identification is switched off by the policy; name an --engine")
            with reidentification(repository, name) as service:
                terms = ReidentificationTerms(
                    scope=Scope.ALL if every else Scope.DOUBTFUL,
                    about=service.engine.describe(),
                    touched=touched_for(policy, name),
                    policy=repository.policies.versions.get("formats"),
                )
                report = service.run(terms, bars, aip=aip, limit=limit)
    finally:
        bars.close()
    if json:
        show_json({"engine": name.value, "aips": report.aips, **answers_json(report, settings.language)})
    else:
        say(f"{report.aips} AIPs: {report.asked} files identified again by {name.value}")
        tell_answers(report, settings.language)
    return COULD_NOT_TELL if report.waiting else 0


def history(
    aip: Annotated[str, typer.Argument(help="The AIP.")],
    path: Annotated[str, typer.Argument(help="The file's logical path in it.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Every identification that was ever made of a file, oldest first."""
    with bootstrap.reading(settings_of(home)) as repository:
        found = history_of(repository.catalogue, aip, path)
    rows = [{**one.line(), "time": one.time.isoformat()} for one in found]
    if json:
        show_json(rows)
        return
    for row in rows:
        mark = "*" if row["present"] else " "
        say(
            f"{mark} {row['time']}  {row['puid'] or '-'}  {row['basis']}  {row['engine']}  {row['occasion']} {row['verdict']}"
        )


def _update_json(found: SignatureUpdate, done: Installation | None) -> dict[str, object]:
    change = found.change
    return {
        "kind": found.kind.value,
        "engine": found.engine.value,
        "before": change.before,
        "after": change.after,
        "sha512": found.sha512,
        "added": list(change.added),
        "removed": list(change.removed),
        "renamed": list(change.renamed),
        "superseded": list(change.superseded),
        "signatures": None if change.signatures is None else list(change.signatures),
        "touched": list(found.touched),
        "left_out": found.left_out,
        "applied": done is not None,
        "changed": done is not None and done.is_new,
        "job": done.job if done is not None else None,
    }


def _tell_update(found: SignatureUpdate, done: Installation | None) -> None:
    change = found.change
    say(f"{change.before or 'nothing'} -> {change.after} ({found.kind.value}), used by {found.engine.value}")
    _tell("added", change.added)
    _tell("removed", change.removed)
    _tell("renamed", change.renamed)
    _tell("superseded", change.superseded)
    if change.signatures is None:
        say("  which signatures changed cannot be told from a siegfried database: --all identifies everything again")
    else:
        _tell("signatures changed", change.signatures)
    if found.left_out:
        say(f"  {found.left_out} signatures cannot be given to {found.engine.value} and are left out")
    if done is None:
        say("Nothing was changed: --apply puts it in force.")
    elif not done.is_new:
        say("It is in force already.")
    elif done.job is None:
        say(f"It is in force. The policy does not ask {found.engine.value}: nothing is identified again.")
    else:
        say(f"It is in force. The job {done.job} identifies again what it touches (`preservation worker`),")
        say("or `preservation format reidentify` does now.")


def _tell(what: str, puids: Sequence[str]) -> None:
    if puids:
        more = f" and {len(puids) - _SHOWN} more" if len(puids) > _SHOWN else ""
        say(f"  {len(puids)} {what}: {', '.join(puids[:_SHOWN])}{more}")
