"""Asking peers about the copies that they keep: each AIP on its day, or as soon after it as the peer answers, by a challenge that
only its bytes can answer.

The answer is compared with the one that our own copy gives, which is read for it and held against the ledger. Who agrees is told
of in one event for a thousand AIPs, with every nonce and digest in its private part; who differs or lacks one has its own event.
A check of this kind is named `N`: bytes were read, by somebody else's program.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from preservation.domain.challenges import ChallengeAnswer, PeerRound, is_asked_within
from preservation.domain.events import EventOutcome, EventType, Json, LinkedObject
from preservation.domain.holdings import AIPVersion
from preservation.domain.replication_policy import Peer
from preservation.errors import NotHere, Unavailable
from preservation.ports import Catalogue, Clock, Minter, Progress, ReplicaStore
from preservation.ports.peers import PeerClient
from preservation.services.challenge_answers import ReadObject, read_object
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations

METHOD = "N"
ROUNDS = "peer rounds"
FAULTS = "peer faults"
_PAGE = 1000
# A peer that answers nothing is not asked about ten thousand AIPs more.
_MOST_SILENCE = 5
# So many AIPs that it was silent about are remembered by name; if there are more, their days are.
_MOST_OWED = 1000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PeerChecks:
    """The service. `stores` are our own replicas, in the order in which they are asked."""

    catalogue: Catalogue
    locations: Locations
    stores: Sequence[ReplicaStore]
    recorder: EventRecorder
    minter: Minter
    clock: Clock

    def ask(self, peer: Peer, client: PeerClient, progress: Progress) -> PeerRound:
        """Ask a peer about every AIP whose day it is, or was since a round came to its end, and about those it owes an answer."""
        found = PeerRound(time=self.clock.now())
        today = found.time.date()
        first, owed = self._since(peer, today)
        agreed: list[Json] = []
        unanswered: list[str] = []
        silent, is_cut = 0, False
        for aip in self._aips():
            if aip not in owed and not is_asked_within(aip, first, today, peer.every_days):
                continue
            if silent >= _MOST_SILENCE:
                found, is_cut = replace(found, unanswered=found.unanswered + 1), True
                continue
            version = self.catalogue.versions(aip)[-1]
            outcome, proof = self._ask(client, version, progress)
            silent = silent + 1 if outcome == "unanswered" else 0
            found = replace(found, **{outcome: getattr(found, outcome) + 1})
            if outcome == "unanswered":
                unanswered.append(aip)
            if outcome == "agreed":
                agreed.append({"aip": aip, "version": version.number, **proof})
            self._tell(peer, version, outcome, proof)
            if len(agreed) >= _PAGE:
                self._record_agreed(peer, agreed)
                agreed = []
        self._record_agreed(peer, agreed)
        # A day on which it was silent altogether is made up for as a whole; single AIPs are remembered one by one.
        is_cut = is_cut or len(unanswered) > _MOST_OWED
        self._note(peer, found, done=first - _DAY if is_cut else today, owed=sorted(owed) if is_cut else unanswered)
        return found

    def _since(self, peer: Peer, today: date) -> tuple[date, frozenset[str]]:
        """The first day whose AIPs are to be asked about now, and the AIPs of earlier days that were not answered for."""
        before = self.catalogue.note_table().noted(ROUNDS).get(peer.name)
        done = before.get("done") if isinstance(before, dict) else None
        owed = before.get("owed") if isinstance(before, dict) else None
        first = date.fromisoformat(done) + _DAY if isinstance(done, str) else today
        # Each AIP has one turn in so many days: what is longer ago comes again among these.
        first = min(max(first, today - (peer.every_days - 1) * _DAY), today)
        return first, frozenset(str(one) for one in owed) if isinstance(owed, list) else frozenset()

    def _ask(self, client: PeerClient, version: AIPVersion, progress: Progress) -> tuple[str, dict[str, Json]]:
        nonce = self.minter.salt()
        try:
            answer = client.ask(version.aip, version.number, nonce.hex())
        except Unavailable as error:
            return "unanswered", {"reason": str(error)}
        if answer is None:
            return "absent", {}
        own = self._own(version, nonce, answer, progress)
        if own is None:
            return "own", {}
        proof: dict[str, Json] = {"asked": nonce.hex(), "answered": answer.nonce, "digest": answer.digest}
        return ("agreed" if own.digest == answer.digest else "differs"), proof

    def _own(self, version: AIPVersion, nonce: bytes, answer: ChallengeAnswer, progress: Progress) -> ReadObject | None:
        """What the answer should be; None if no copy of ours is intact."""
        root, versions = self.locations.object_root(version.aip), self.catalogue.versions(version.aip)
        for store in self.stores:
            try:
                found = read_object(store, root, versions, nonce, bytes.fromhex(answer.nonce), progress)
            except (NotHere, Unavailable):
                continue
            if found.is_intact:
                return found
        return None

    def _aips(self) -> Iterator[str]:
        """Of the archive's holdings; our own record is nobody else's."""
        after: str | None = None
        while page := self.catalogue.aips(after=after, limit=_PAGE):
            yield from (one.id for one in page if one.id != self.locations.repository)
            after = page[-1].id

    def _tell(self, peer: Peer, version: AIPVersion, outcome: str, proof: dict[str, Json]) -> None:
        now, key = self.clock.now(), f"{peer.name} {version.aip}"
        notes = self.catalogue.note_table()
        if outcome == "agreed":
            if key in notes.noted(FAULTS):
                notes.note(FAULTS, key, None, now=now)
            return
        if outcome not in ("differs", "absent"):
            return
        event = self.recorder.event(
            EventType.FIXITY_CHECK,
            EventOutcome.FAILURE,
            objects=[
                LinkedObject(
                    id=version.aip,
                    kind="aip",
                    version=version.number,
                    digest=f"sha512:{version.inventory_digest}",
                )
            ],
            detail={"act": "peer asked", "method": METHOD, "outcome": outcome},
            private={"peer": peer.name, **proof},
        )
        with self.catalogue.begin() as tx:
            tx.append_events([event])
        notes.note(FAULTS, key, now.isoformat(), now=now)

    def _record_agreed(self, peer: Peer, agreed: list[Json]) -> None:
        if not agreed:
            return
        event = self.recorder.event(
            EventType.FIXITY_CHECK,
            EventOutcome.SUCCESS,
            detail={"act": "peer asked", "method": METHOD, "agreed": len(agreed)},
            private={"peer": peer.name, "answers": agreed},
        )
        with self.catalogue.begin() as tx:
            tx.append_events([event])

    def _note(self, peer: Peer, found: PeerRound, *, done: date, owed: Sequence[str]) -> None:
        before = self.catalogue.note_table().noted(ROUNDS).get(peer.name)
        heard = before.get("heard") if isinstance(before, dict) else None
        if found.agreed or found.differs or found.absent or not found.unanswered:
            heard = found.time.isoformat()
        self.catalogue.note_table().note(
            ROUNDS,
            peer.name,
            {
                "time": found.time.isoformat(),
                "heard": heard,
                "agreed": found.agreed,
                "differs": found.differs,
                "absent": found.absent,
                "unanswered": found.unanswered,
                "own": found.own,
                "done": done.isoformat(),
                "owed": list(owed),
            },
            now=found.time,
        )


@dataclass(frozen=True, slots=True)
class PeerStanding:
    """What is known of a peer. `heard`: when it last answered anything, or there was nothing to ask; `faults`: AIPs of which its
    copy differs or is absent, since when."""

    name: str
    last: PeerRound | None
    heard: datetime | None
    faults: dict[str, datetime]


def peer_standings(catalogue: Catalogue, peers: Sequence[Peer]) -> Sequence[PeerStanding]:
    """Of every peer that the policy names, by name."""
    rounds, faults = catalogue.note_table().noted(ROUNDS), catalogue.note_table().noted(FAULTS)
    return [_standing(peer.name, rounds.get(peer.name), faults) for peer in sorted(peers, key=lambda one: one.name)]


def _standing(name: str, noted: Json, faults: object) -> PeerStanding:
    known = {
        key.rpartition(" ")[2]: datetime.fromisoformat(str(since))
        for key, since in (faults.items() if isinstance(faults, dict) else ())
        if key.rpartition(" ")[0] == name
    }
    if not isinstance(noted, dict):
        return PeerStanding(name, None, None, known)
    heard = noted.get("heard")
    counts = {key: int(str(noted.get(key, 0))) for key in ("agreed", "differs", "absent", "unanswered", "own")}
    last = PeerRound(time=datetime.fromisoformat(str(noted["time"])), **counts)
    return PeerStanding(name, last, datetime.fromisoformat(heard) if isinstance(heard, str) else None, known)
