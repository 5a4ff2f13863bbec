"""Signature files of the archive's own: looked at, tried out, and put into the home, where every engine started later uses them.

They lie beside the policies and are carried in the repository's record with them, so that a rebuild has them; `installed.toml` is
the switch, and its change the event.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from preservation.adapters.flushing import flush_folder
from preservation.adapters.format_identification.fido import fido_identifier
from preservation.adapters.format_identification.siegfried import siegfried_identifier
from preservation.adapters.format_registry.shipped import shipped_signatures
from preservation.adapters.policy_files.signatures import FOLDER, INSTALLED, signatures_text
from preservation.bootstrap.joining import Repository
from preservation.bootstrap.policy_changes import policy_version, write_policy
from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.jobs import JobKind, NewJob
from preservation.domain.policies import FormatEngine, FormatPolicy
from preservation.domain.registered_formats import puid_order
from preservation.domain.signature_files import SignatureFile, SignatureKind
from preservation.errors import Unavailable, WrongUse
from preservation.services.format_update import MOST_BYTES, SignatureUpdate, kind_of, read_update

_POLICY = f"{FOLDER}/{Path(INSTALLED).stem}"
_ENDINGS = {SignatureKind.DROID: "xml", SignatureKind.CONTAINERS: "xml", SignatureKind.SIEGFRIED: "sig"}


@dataclass(frozen=True, slots=True)
class Installation:
    """What came of installing. `job` is the one that identifies again, None where the policy does not use the engine."""

    is_new: bool
    job: str | None


def look_at(file: Path, policy: FormatPolicy) -> SignatureUpdate:
    """What a signature file would change against what is in force. WrongUse for anything else; Unavailable if unreadable."""
    data = _read(file)
    kind = kind_of(data)
    known = policy.signatures.get(kind)
    return read_update(data, _read(Path(known.path)) if known is not None else shipped_signatures(kind))


def install(repository: Repository, update: SignatureUpdate) -> Installation:
    """Put it in force, durably: its file first, then the switch, in the transaction of its event and its job.

    The caller holds the lock of policies, and saves the record afterwards. WrongUse if the engine does not take the file.
    """
    policy = repository.policies.formats
    known = policy.signatures.get(update.kind)
    if known is not None and known.sha512 == update.sha512:
        return Installation(is_new=False, job=None)
    folder = repository.home.policies / FOLDER
    path = folder / f"{update.kind.value}-{update.sha512[:16]}.{_ENDINGS[update.kind]}"
    _put(path, update.data)
    _try_out(update, path)
    entry = SignatureFile(
        kind=update.kind,
        path=str(path),
        release=update.change.after,
        sha512=update.sha512,
        bytes=len(update.data),
        # What an earlier file touched may not have been asked about yet. Who has answered by this one is left out anyway.
        touched=tuple(sorted({*update.touched, *(() if known is None else known.touched)}, key=puid_order)),
    )
    files = {**policy.signatures, update.kind: entry}
    text = signatures_text(files.values())
    job = repository.minter.urn() if update.engine in (policy.first, policy.other) else None
    event = repository.recorder.event(
        EventType.POLICY_ASSIGNMENT,
        EventOutcome.SUCCESS,
        objects=[LinkedObject(id=_POLICY, kind="policy", role="outcome", digest=policy_version(text))],
        detail={
            "policy": _POLICY,
            "before": repository.policies.versions.get(_POLICY),
            "signatures": update.kind.value,
            "release": entry.release,
            "sha512": entry.sha512,
            "added": len(update.change.added),
            "removed": len(update.change.removed),
            "touched": len(update.touched),
        },
    )
    with repository.catalogue.begin() as tx:
        tx.append_events([event])
        if job is not None:
            again = NewJob(id=job, kind=JobKind.REIDENTIFY, parameters={"engine": update.engine.value})
            tx.add_job(again, now=repository.clock.now())
        write_policy(folder / INSTALLED, text)
    _clear(folder, files.values())
    return Installation(is_new=True, job=job)


def touched_for(policy: FormatPolicy, name: FormatEngine) -> tuple[str, ...]:
    """The formats that the installed files of an engine have changed."""
    kinds = (
        (SignatureKind.SIEGFRIED,)
        if name is FormatEngine.SIEGFRIED
        else (SignatureKind.DROID, SignatureKind.CONTAINERS)
    )
    found = {puid for kind in kinds if (one := policy.signatures.get(kind)) is not None for puid in one.touched}
    return tuple(sorted(found))


def _try_out(update: SignatureUpdate, path: Path) -> None:
    """Whether the engine starts with it."""
    if update.kind is SignatureKind.SIEGFRIED:
        engine = siegfried_identifier(signature=path, processes=1)
    elif update.kind is SignatureKind.DROID:
        engine = fido_identifier(droid=path)
    else:
        engine = fido_identifier(containers=path)
    try:
        engine.describe()
    except Unavailable as error:
        path.unlink(missing_ok=True)
        raise WrongUse(f"the engine does not take this signature file: {error}") from error
    finally:
        engine.close()


def _put(path: Path, data: bytes) -> None:
    temporary = path.with_suffix(".new")
    try:
        path.parent.mkdir(exist_ok=True)
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        flush_folder(path.parent)
        flush_folder(path.parent.parent)
    except OSError as error:
        raise Unavailable(f"the signature file cannot be written: {error.strerror}") from error


def _clear(folder: Path, files: Iterable[SignatureFile]) -> None:
    """What is no longer in force goes; the repository's record keeps it in its earlier versions."""
    kept = {INSTALLED, *(Path(one.path).name for one in files)}
    for path in folder.iterdir():
        if path.name not in kept:
            path.unlink(missing_ok=True)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unavailable(f"{file}: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise WrongUse(f"{file}: larger than {MOST_BYTES} bytes")
    return data
