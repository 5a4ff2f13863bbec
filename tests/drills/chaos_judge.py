"""What must hold when the chaos drill is over and everything has come to rest."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha512

from preservation.bootstrap import Repository
from preservation.domain.holdings import CopyState, TransferStatus
from tests.drills.chaos_ledger import Copy, Reader
from tests.drills.chaos_nemesis import Injury, Nemesis
from tests.drills.chaos_places import Place

# An event is written when a check has ended: what was away may be back by then.
_AFTERWARDS = timedelta(seconds=60)
# A server takes its time for each answer, and has many for us.
_READERS = 8


@dataclass(frozen=True, slots=True)
class Sweep:
    """One look at every copy on a replica, from beginning to end."""

    replica: str
    began: datetime
    ended: datetime


def judge(
    repository: Repository,
    places: Sequence[Place],
    nemesis: Nemesis,
    reader: Reader,
    sweeps: Sequence[Sweep],
    acknowledged: Mapping[str, Sequence[bytes]],
) -> list[str]:
    """What is wrong, in sentences. `acknowledged`: SHA-512 of each file that a transfer brought."""
    return [
        *_lost(repository, places, acknowledged),
        *_unfound(nemesis.injuries, reader, sweeps),
        *_false_alarms(nemesis, reader),
        *_not_intact(repository, places),
        *_drift(repository, places),
    ]


def _lost(
    repository: Repository, places: Sequence[Place], acknowledged: Mapping[str, Sequence[bytes]]
) -> Iterable[str]:
    """Every byte that was acknowledged is on every replica, read here and not by the program."""
    with ThreadPoolExecutor(_READERS) as readers:
        yield from _lacking(repository, places, acknowledged, readers)


def _lacking(
    repository: Repository,
    places: Sequence[Place],
    acknowledged: Mapping[str, Sequence[bytes]],
    readers: ThreadPoolExecutor,
) -> Iterable[str]:
    for one, digests in acknowledged.items():
        transfer = repository.catalogue.transfer(one)
        if transfer is None or transfer.status is not TransferStatus.PRESERVED or transfer.aip is None:
            yield f"{one} is {transfer.status.value if transfer else 'gone'}"
            continue
        root = repository.locations.object_root(transfer.aip)
        for place in places:
            held = {sha512(data).digest() for data in readers.map(place.read, place.files(root))}
            lacking = len(set(digests) - held)
            if lacking:
                yield f"{place.name} lacks {lacking} files of {one}"


def _unfound(injuries: Iterable[Injury], reader: Reader, sweeps: Sequence[Sweep]) -> Iterable[str]:
    """An injury is found by the end of the first sweep of its replica that began after it."""
    for injury in injuries:
        sweep = next((one for one in sweeps if one.replica == injury.copy[1] and one.began > injury.time), None)
        found = reader.found_since(injury.copy, injury.time)
        if found is None:
            yield f"{injury.way} of {injury.copy} at {injury.time:%H:%M:%S} was never found"
        elif sweep is not None and found.time > sweep.ended + timedelta(seconds=1):
            yield f"{injury.way} of {injury.copy} was found at {found.time:%H:%M:%S}, after {sweep.ended:%H:%M:%S}"


def _false_alarms(nemesis: Nemesis, reader: Reader) -> Iterable[str]:
    """Damage is told only of copies that were hurt; that something is unreadable, only while its replica was away."""
    hurt: dict[Copy, list[datetime]] = {}
    for injury in nemesis.injuries:
        hurt.setdefault(injury.copy, []).append(injury.time)
    for finding in reader.findings:
        if finding.firm:
            if not any(time <= finding.time for time in hurt.get(finding.copy, [])):
                yield f"{finding.copy} was called damaged at {finding.time:%H:%M:%S}, and nobody had touched it"
        elif not any(
            replica == finding.copy[1] and since <= finding.time <= until + _AFTERWARDS
            for replica, since, until in nemesis.absences
        ):
            yield f"{finding.copy} was called unreadable at {finding.time:%H:%M:%S}, and its replica was there"


def _not_intact(repository: Repository, places: Sequence[Place]) -> Iterable[str]:
    for summary in repository.catalogue.aips(limit=100_000):
        copies = {copy.replica: copy for copy in repository.catalogue.copies(summary.id)}
        for place in places:
            copy = copies.get(place.id)
            if copy is None or copy.state is not CopyState.INTACT or copy.version != summary.head:
                yield f"the copy of {summary.id} on {place.name} is {copy}"


def _drift(repository: Repository, places: Sequence[Place]) -> Iterable[str]:
    """What lies on a replica is what the catalogue counts there, both ways."""
    wanted = {repository.locations.object_root(one.id) for one in repository.catalogue.aips(limit=100_000)}
    for place in places:
        held = place.objects()
        yield from (f"{place.name} has {root}, which nobody knows" for root in sorted(held - wanted))
        yield from (f"{place.name} lacks {root}" for root in sorted(wanted - held))
