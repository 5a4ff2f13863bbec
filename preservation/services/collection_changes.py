"""The tree of collections, changed: each change is an event, and asks for the repository's record to be written."""

import unicodedata
from dataclasses import dataclass, replace

from preservation.domain.events import EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.holdings import Collection
from preservation.domain.people import Actor
from preservation.errors import Conflict, NotHere, WrongUse
from preservation.ports import Catalogue, CatalogueTransaction, Clock, Minter
from preservation.services.ledger_recording import EventRecorder
from preservation.services.record_request import RecordRequest

LOCK = "collections"
LOCK_SECONDS = 10.0
MAX_TEXT = 1000
MAX_DEPTH = 50

_IMPLEMENTER = "implementer"
_UNPRINTABLE = ("Cc", "Cs", "Cn", "Zl", "Zp")


@dataclass(frozen=True, slots=True)
class CollectionChange:
    """What is to be different; None leaves it. `to_top` takes it out of the one that it lies in."""

    code: str | None = None
    title: str | None = None
    parent: str | None = None
    to_top: bool = False


@dataclass(frozen=True, slots=True)
class CollectionChanges:
    """The service. The caller holds the lock `LOCK` around a call and its transaction: what is there is looked at first."""

    repository: str
    catalogue: Catalogue
    recorder: EventRecorder
    minter: Minter
    clock: Clock

    def add(self, tx: CatalogueTransaction, code: str, title: str, *, parent: str | None, by: Actor) -> Collection:
        """A new one. Conflict if the code is taken, NotHere for an unknown parent, WrongUse for texts that are none."""
        known = self.known()
        made = Collection(self.minter.urn(), checked(code, "a code"), checked(title, "a title"), parent)
        self._check(made, known)
        self._save(tx, EventType.CREATION, "collection added", made, by, {"code": code, "title": title})
        return made

    def change(self, tx: CatalogueTransaction, id: str, change: CollectionChange, *, by: Actor) -> Collection:
        """As `add`; WrongUse too where it would lie in itself."""
        known = self.known()
        if id not in known:
            raise NotHere(f"there is no collection {id}")
        before = known[id]
        parent = None if change.to_top else change.parent or before.parent
        after = replace(
            before,
            code=before.code if change.code is None else checked(change.code, "a code"),
            title=before.title if change.title is None else checked(change.title, "a title"),
            parent=parent,
        )
        if after == before:
            return before
        self._check(after, known)
        said: dict[str, Json] = {"code": after.code, "title": after.title, "code_before": before.code}
        self._save(tx, EventType.METADATA_MODIFICATION, "collection changed", after, by, said)
        return after

    def known(self) -> dict[str, Collection]:
        """Every collection by its id, but for the one that holds the repository's record."""
        return {one.id: one for one in self.catalogue.collections() if one.id != self.repository}

    def _check(self, made: Collection, known: dict[str, Collection]) -> None:
        if any(one.code == made.code and one.id != made.id for one in known.values()):
            raise Conflict(f"there is a collection with the code {made.code} already")
        at, depth = made.parent, 0
        while at is not None:
            if at not in known:
                raise NotHere(f"there is no collection {at}")
            if at == made.id:
                raise WrongUse("a collection cannot lie in itself")
            depth += 1
            if depth > MAX_DEPTH:
                raise WrongUse(f"collections lie in each other at most {MAX_DEPTH} deep")
            at = known[at].parent

    def _save(
        self,
        tx: CatalogueTransaction,
        type: EventType,
        act: str,
        made: Collection,
        by: Actor,
        private: dict[str, Json],
    ) -> None:
        event = self.recorder.event(
            type,
            EventOutcome.SUCCESS,
            objects=[LinkedObject(id=made.id, kind="collection", role="outcome")],
            detail={"act": act, "parent": made.parent},
            private=private,
            agents=[LinkedAgent(by.account.id, _IMPLEMENTER)],
        )
        tx.save_collection(made)
        tx.append_events([event])
        RecordRequest(self.minter, self.clock, by_job=True).ask(tx, by.account.id)


def checked(value: str, what: str) -> str:
    """A text of one line that can be shown. WrongUse for another."""
    bad = any(unicodedata.category(character) in _UNPRINTABLE for character in value)
    if not value.strip() or len(value) > MAX_TEXT or bad:
        raise WrongUse(f"{what} is printable text of 1 to {MAX_TEXT} characters on one line")
    return value
