"""The text at the root of a replica that explains it, `README.txt`, when a release of this software brings another text.

    recorded    the new text becomes a file of the repository's own record, by a new version of it
    renewed     each replica whose text is an earlier recorded one gets the new one, with an event

A replica that is away meanwhile is renewed by its next fixity run. Until then its text is what the repository recorded, and
no damage; a text that was never recorded is. A crash between the two steps leaves the second to the next fixity run.
"""

from hashlib import sha512

from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.fixity import Damaged, FixityResult, Intact
from preservation.ports import Catalogue, ReplicaStore
from preservation.services.fixity_check import check_file
from preservation.services.ledger_recording import EventRecorder
from preservation.services.repository_record import DATA, README


def is_unrecorded(catalogue: Catalogue, repository: str, text: bytes) -> bool:
    """Whether the newest version of the repository's record has another text, or none. False while there is no record."""
    files = {file.logical_path: file.sha512 for file in catalogue.files(repository)}
    return bool(files) and files.get(f"{DATA}{README}") != sha512(text).digest()


def renew_explanation(
    catalogue: Catalogue, recorder: EventRecorder, repository: str, store: ReplicaStore, text: bytes
) -> FixityResult:
    """Intact if the replica has this text, or had an earlier one; else what is wrong. Raises ReplicaAway, Unavailable.

    An earlier text gives way to this one once this one is recorded too, so that what is written is always known.
    """
    current = sha512(text).hexdigest()
    found, _ = check_file(store, README, bytes.fromhex(current))
    if not isinstance(found, Damaged):
        return found
    recorded = _recorded(catalogue, repository)
    if found.found not in recorded:
        return found
    if current in recorded:
        store.replace(README, text)
        event = recorder.event(
            EventType.MODIFICATION,
            EventOutcome.SUCCESS,
            objects=[LinkedObject(id=store.id, kind="replica", role="outcome")],
            detail={"act": "explanation renewed", "before": f"sha512:{found.found}", "after": f"sha512:{current}"},
        )
        with catalogue.begin() as tx:
            tx.append_events([event])
        found, _ = check_file(store, README, bytes.fromhex(current))
        return found
    return Intact(README, store.size(README) or 0)


def _recorded(catalogue: Catalogue, repository: str) -> set[str]:
    """SHA-512 of the text in every version of the record, in hexadecimal."""
    return {
        file.sha512.hex()
        for version in catalogue.versions(repository)
        for file in catalogue.files(repository, version.number)
        if file.logical_path == f"{DATA}{README}"
    }
