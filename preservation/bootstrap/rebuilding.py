"""A home made from one replica alone."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from preservation.adapters.database import schema
from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.home import Home
from preservation.adapters.object_stores.opening import open_replica, place_of, read_marker
from preservation.adapters.policy_files import default_policy_files
from preservation.adapters.signing import Ed25519Signer, generate_key_file, load_key_file, verify_ed25519
from preservation.bootstrap.buckets import s3_options
from preservation.bootstrap.opening import changing, check_empty
from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.errors import WrongUse
from preservation.ports import Progress
from preservation.services.ledger import LedgerTrust
from preservation.services.locations import Locations
from preservation.services.rebuild import RebuildReport, rebuild
from preservation.services.stored_record import StoredRecord, read_record
from preservation.settings import Settings
from preservation.standards.signed_note import VerifierKey, parse_vkey


def rebuild_home(
    settings: Settings, source: Path | str, *, key_file: Path | None, vkey: str | None, progress: Progress
) -> RebuildReport:
    """Fill a new home from the replica in `source`, a folder or the address of a bucket. Interrupted, it starts over.

    With `vkey` only checkpoints by that key are believed; else the keys that the replica's own record names. Without the old
    signing key a new one is made and succeeds it, by an entry in the ledger.
    """
    url, options = place_of(str(source)), s3_options(settings)
    marker = read_marker(url, options)
    store = open_replica(url, marker["id"], options)
    store.recover()
    record = read_record(store, marker["repository"])
    vkeys = _vkeys(record)
    trusted = _parsed([vkey] if vkey else vkeys)
    origin = str(record.identity["origin"])
    home = Home(settings.home)
    home.make_for_rebuild()
    home.write_policies({**default_policy_files(), **record.policies})
    signer = _signer(home, origin, key_file, vkeys)
    _forget_database(settings)
    schema.make(settings.database_url)
    check_empty(settings)
    catalogue = open_catalogue(settings.database_url)
    try:
        report = rebuild(
            catalogue,
            store,
            record,
            locations=Locations(marker["repository"]),
            trust=LedgerTrust(origin, trusted, verify_ed25519),
            source_url=url,
            progress=progress,
        )
    finally:
        catalogue.close()
    known = [*vkeys] if signer.verifier.text in vkeys else [*vkeys, signer.verifier.text]
    home.save_identity({"id": marker["repository"], "origin": origin, "vkeys": known})
    if signer.verifier.text not in vkeys:
        # The record must name the new key before anything is signed with it.
        _succeed(settings, vkeys[-1], signer.verifier.text, progress)
    home.finish_rebuild()
    return report


def _vkeys(record: StoredRecord) -> list[str]:
    vkeys = record.identity["vkeys"]
    if not isinstance(vkeys, list) or not vkeys:
        raise WrongUse("the repository's record on this replica names no key")
    return [str(vkey) for vkey in vkeys]


def _parsed(vkeys: Sequence[str]) -> list[VerifierKey]:
    try:
        return [parse_vkey(one) for one in vkeys]
    except ValueError as error:
        raise WrongUse(f"not a verifier key: {error}") from error


def _signer(home: Home, origin: str, key_file: Path | None, vkeys: list[str]) -> Ed25519Signer:
    if key_file is None:
        return generate_key_file(home.key_file, origin)
    signer = load_key_file(key_file)
    if signer.verifier.text not in vkeys:
        raise WrongUse(f"{key_file} is not a key of this repository's ledger")
    shutil.copyfile(key_file, home.key_file)
    home.key_file.chmod(0o600)
    return load_key_file(home.key_file)


def _forget_database(settings: Settings) -> None:
    """Only the file in the home, left by a rebuild that was interrupted. A database server's is expected to be empty."""
    path = settings.database_url.removeprefix("sqlite:///")
    if path != settings.database_url and Path(path).is_relative_to(settings.home):
        for ending in ("", "-wal", "-shm"):
            Path(path + ending).unlink(missing_ok=True)


def _succeed(settings: Settings, old: str, new: str, progress: Progress) -> None:
    with changing(settings, progress) as repository:
        event = repository.recorder.event(
            EventType.POLICY_ASSIGNMENT,
            EventOutcome.SUCCESS,
            objects=[LinkedObject(id=new, kind="key", role="outcome"), LinkedObject(id=old, kind="key")],
            detail={"act": "signing key succeeded", "succeeds": old, "vkey": new},
        )
        with repository.catalogue.begin() as tx:
            tx.append_events([event])
        repository.save_record(progress)
