"""A policy stated anew: checked with all the others before it is taken, an event, and the repository's record written."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from preservation.adapters.policy_files import POLICY_NAMES, is_list_name, read_policies
from preservation.bootstrap.joining import Repository
from preservation.domain.events import EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.people import Actor
from preservation.errors import Conflict, NotHere, Unavailable, WrongUse
from preservation.ports import CatalogueTransaction
from preservation.services.copy_standing import would_fall
from preservation.services.record_request import RecordRequest

POLICY_LOCK = "policies"
POLICY_LOCK_SECONDS = 10.0
MAX_POLICY_BYTES = 1 << 18

_IMPLEMENTER = "implementer"
_AGREEMENTS = "agreements/"


def policy_text(repository: Repository, name: str) -> bytes:
    """The file that states a policy or a submission agreement ("agreements/<id>"), as it is now. NotHere if there is none."""
    if name not in POLICY_NAMES and not name.startswith(_AGREEMENTS) and not is_list_name(name):
        raise NotHere(f"there is no policy {name}")
    try:
        return (repository.home.policies / f"{name}.toml").read_bytes()
    except FileNotFoundError as error:
        raise NotHere(f"there is no policy {name}") from error
    except OSError as error:
        raise Unavailable(f"the policy {name} cannot be read: {error.strerror}") from error


def policy_version(data: bytes) -> str:
    """What an event calls this state of a policy."""
    return f"sha512:{hashlib.sha512(data).hexdigest()}"


def change_policy(
    repository: Repository,
    tx: CatalogueTransaction,
    name: str,
    data: bytes,
    *,
    before: str | None,
    by: Actor | None,
    accept_gap: bool = False,
) -> bool:
    """Put a text in a policy's place, as the transaction's last act; whether it is another text. The caller holds `POLICY_LOCK`.

    A submission agreement, or a list of formats, may be a new one. `by` is None where somebody at the machine's console does it.

    WrongUse, with the reason, for a text that is not this policy; Conflict if the policy is no longer the version `before`, or
    if what is held would fall below it and that was not accepted: with `accept_gap` the event says how many AIPs do.
    """
    present = _present(repository, name)
    if before is not None and before != present:
        raise Conflict(f"the policy {name} was changed meanwhile")
    version = policy_version(data)
    if version == present:
        return False
    falling = _check(repository, name, data)
    if falling and not accept_gap:
        raise Conflict(
            f"{falling} AIPs that are held would fall below this policy: say that this is accepted, or add replicas first"
        )
    event = repository.recorder.event(
        EventType.POLICY_ASSIGNMENT,
        EventOutcome.SUCCESS,
        objects=[LinkedObject(id=name, kind="policy", role="outcome", digest=version)],
        detail={"policy": name, "before": present, **({"below_policy": falling} if falling else {})},
        agents=[] if by is None else [LinkedAgent(by.account.id, _IMPLEMENTER)],
    )
    tx.append_events([event])
    if by is not None:
        RecordRequest(repository.minter, repository.clock, by_job=True).ask(tx, by.account.id)
    # Should the commit fail after this, the next command that writes finds the file changed, and records that.
    write_policy(repository.home.policies / f"{name}.toml", data)
    return True


def _present(repository: Repository, name: str) -> str | None:
    """The version in force; None for an agreement or a list of formats that is not there yet."""
    try:
        return policy_version(policy_text(repository, name))
    except NotHere:
        if not name.startswith(_AGREEMENTS) and not is_list_name(name):
            raise
        return None


def _check(repository: Repository, name: str, data: bytes) -> int:
    """The reader itself judges: the policies as they would be, in a folder that nobody else sees.

    How many AIPs would be short of more than they are now.
    """
    folder = Path(tempfile.mkdtemp(prefix="policies-", dir=repository.home.staging))
    try:
        shutil.copytree(repository.home.policies, folder, dirs_exist_ok=True)
        (folder / f"{name}.toml").parent.mkdir(exist_ok=True)
        (folder / f"{name}.toml").write_bytes(data)
        wanted = read_policies(folder)
    except WrongUse as error:
        raise WrongUse(str(error).replace(f"{folder}/", "")) from None
    except OSError as error:
        raise Unavailable(f"the policies cannot be checked: {error.strerror}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    try:
        present = repository.with_policies().policies
    except WrongUse:
        # What is there is no policy, and is to be one again: what was in force before that is what is fallen below.
        present = repository.policies
    if wanted.replication == present.replication:
        return 0
    return sum(one.aips for one in would_fall(repository.catalogue, present, wanted))


def write_policy(path: Path, data: bytes) -> None:
    """Put a text in the place of a file, durably. Unavailable if it cannot be written."""
    temporary = path.with_suffix(".new")
    try:
        path.parent.mkdir(exist_ok=True)
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Unavailable(f"the policy cannot be written: {error.strerror}") from error
