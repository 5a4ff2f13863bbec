"""`audit list`, `verify`, `checkpoint`, `prove`, `check`."""

import json as json_module
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from preservation import bootstrap
from preservation.adapters.signing import verify_ed25519
from preservation.cli.console import (
    COULD_NOT_TELL,
    NO,
    Bars,
    HomeOption,
    JsonOption,
    finding_json,
    language,
    say,
    settings_of,
    show_findings,
    show_json,
    show_table,
    time_text,
)
from preservation.cli.events import event_json
from preservation.domain.ledger import EventFilter
from preservation.domain.messages import render
from preservation.errors import NotHere, Unavailable, WrongUse
from preservation.services import audit, ledger
from preservation.services.audit_kept import kept_note

app = typer.Typer(no_args_is_help=True)

MAX_PROOF_BYTES = 1 << 20


@app.command("list")
def list_events(
    aip: Annotated[str | None, typer.Option(help="Only events of this AIP.")] = None,
    type: Annotated[str | None, typer.Option(help="Only this PREMIS event type.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only events of this agent.")] = None,
    outcome: Annotated[str | None, typer.Option(help="success, failure or warning.")] = None,
    since: Annotated[str | None, typer.Option(help="From this time on (ISO 8601; UTC if without zone).")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Go on after this cursor.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List events in the order of recording, a page at a time."""
    where = EventFilter(aip, type, agent, outcome, _time(since), _time(until))
    with bootstrap.reading(settings_of(home)) as repository:
        page = repository.catalogue.events(where, after=after, limit=limit)
    if json:
        cursor = page[-1][0] if len(page) == limit else None
        show_json({"events": [event_json(one) for _, one in page], "next": cursor})
        return
    rows = []
    for cursor, one in page:
        values = json_module.loads(one.entry)
        rows.append([cursor, time_text(values["time"]), values["type"], values["outcome"], values["id"]])
    show_table(["cursor", "time", "type", "outcome", "id"], rows)


@app.command("verify")
def verify(
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(readable=False, help="A checkpoint or a receipt that was kept elsewhere; may be given again."),
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Rebuild the tree and compare database, tiles and checkpoint. Exit status 1 if something contradicts a checkpoint."""
    settings = settings_of(home)
    kept = [_kept(path) for path in checkpoint or ()]
    bars = Bars(quiet=json)
    try:
        with bootstrap.reading(settings) as repository:
            report = audit.verify(
                repository.catalogue,
                list(repository.replicas.stores.values()),
                repository.trust,
                kept=kept,
                progress=bars,
            )
            away = {repository.replicas.name(id): reason for id, reason in repository.replicas.away.items()}
    finally:
        bars.close()
    if json:
        show_json(
            {
                "ok": report.ok,
                "complete": report.complete and not away,
                "tree_size": report.tree_size,
                "root": report.root.hex(),
                "problems": [finding_json(finding, settings.language) for finding in report.problems],
                "away": away,
            }
        )
    else:
        say(f"{'OK' if report.ok else 'NOT OK'}: {report.tree_size} entries, root {report.root.hex()}")
        show_findings(report.problems, settings.language)
        for name, reason in away.items():
            say(f"  replica {name} could not be read: {reason}")
    if not report.ok:
        return NO
    return 0 if report.complete and not away else COULD_NOT_TELL


@app.command("checkpoint")
def checkpoint(home: HomeOption = None, json: JsonOption = False) -> None:
    """The newest signed checkpoint, and the key to check it with."""
    with bootstrap.reading(settings_of(home)) as repository:
        signed = ledger.catalogue_checkpoint(repository.catalogue, repository.trust)
        vkey = repository.identity.vkeys[-1]
    if signed is None:
        raise Unavailable("nothing has been signed yet")
    if json:
        show_json({"checkpoint": signed.note, "vkey": vkey})
    else:
        say(signed.note)
        say(f"vkey: {vkey}")


@app.command("prove")
def prove(
    id: Annotated[str, typer.Argument(help="An event, or an AIP: then the event that committed its newest version.")],
    out: Annotated[Path | None, typer.Option(readable=False, help="Write the receipt to this file.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """A receipt (.tlog-proof) that anybody can check without us."""
    with bootstrap.reading(settings_of(home)) as repository:
        text = ledger.prove(repository.catalogue, list(repository.replicas.stores.values()), id, repository.trust)
        vkey = repository.identity.vkeys[-1]
    if out is not None:
        try:
            out.write_text(text)
        except OSError as error:
            raise Unavailable(f"cannot write {out}: {error.strerror}") from error
    if json:
        show_json({"proof": text, "vkey": vkey, "file": str(out) if out else None})
    else:
        say(f"{out}\nvkey: {vkey}" if out else text)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(readable=False, help="A receipt.")],
    vkey: Annotated[list[str], typer.Option(help="The key that must have signed it; may be given again.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> int:
    """Check a receipt: no network, no database, and a home only for its language. Exit status 1 if it proves nothing."""
    try:
        report = ledger.check_proof(_text(file), vkey, check=verify_ed25519)
    except ValueError as error:
        raise WrongUse(str(error)) from error
    speak = settings_of(home).language if home is not None else language()
    if json:
        show_json(
            {
                "ok": report.ok,
                "origin": report.origin,
                "tree_size": report.tree_size,
                "root": report.root.hex(),
                "index": report.index,
                "event": json_module.loads(report.entry) if report.entry else None,
                "problems": [finding_json(finding, speak) for finding in report.problems],
            }
        )
    elif report.ok:
        say(f"OK. {render(ledger.proven(report), speak)}")
        say(json_module.dumps(json_module.loads(report.entry), ensure_ascii=False, indent=2))
    else:
        say("NOT OK")
        show_findings(report.problems, speak)
    return 0 if report.ok else NO


def _kept(file: Path) -> bytes:
    try:
        return kept_note(_text(file))
    except ValueError as error:
        raise WrongUse(f"{file}: {error}") from error


def _text(file: Path) -> str:
    """A receipt or a checkpoint: both are small."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise WrongUse(f"{file} is not a file")
        with file.open("rb") as stream:
            data = stream.read(MAX_PROOF_BYTES + 1)
    except FileNotFoundError as error:
        raise NotHere(f"{file} does not exist") from error
    except OSError as error:
        raise Unavailable(f"cannot read {file}: {error.strerror}") from error
    if len(data) > MAX_PROOF_BYTES:
        raise WrongUse(f"{file} is too large to be a receipt")
    return data.decode("utf-8", "replace")


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(f"{text} is not a time (ISO 8601)") from error
    return value if value.tzinfo else value.replace(tzinfo=UTC)
