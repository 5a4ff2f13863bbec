"""What is recorded of people: who signed in, who was refused, who may do what. Names and addresses are private parts alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from preservation.domain.events import EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.ledger import EncodedEvent
from preservation.domain.people import Account, Actor, Grant
from preservation.services.ledger_recording import EventRecorder

# id.loc.gov/vocabulary/preservation/eventRelatedAgentRole: who made the act happen.
IMPLEMENTER = "implementer"


@dataclass(frozen=True, slots=True)
class PeopleEvents:
    """Makes them. `act` says in the event's detail what was done or refused."""

    recorder: EventRecorder

    def signed_in(self, account: Account, act: str, *, address: str) -> EncodedEvent:
        """Somebody came in, by a password or by what an identity provider said."""
        return self._event(EventType.CREATION, EventOutcome.SUCCESS, account, act, private={"address": address})

    def refused(
        self,
        account: Account | None,
        act: str,
        *,
        address: str,
        reason: str,
        untold: int = 0,
        private: Mapping[str, Json] | None = None,
        wait_seconds: int = 0,
    ) -> EncodedEvent:
        """Somebody was not let in. `untold` is how many refusals of this kind were passed over since the last event."""
        detail: dict[str, Json] = {"reason": reason}
        if untold:
            detail["untold"] = untold
        if wait_seconds:
            detail["wait_seconds"] = wait_seconds
        return self._event(
            EventType.CREATION,
            EventOutcome.FAILURE,
            account,
            act,
            detail=detail,
            private={"address": address, **(private or {})},
        )

    def made(self, account: Account, *, by: Actor | None, private: Mapping[str, Json] | None = None) -> EncodedEvent:
        """A new account."""
        said: dict[str, Json] = {"name": account.name, "display_name": account.display_name}
        if account.email is not None:
            said["email"] = account.email
        if account.subject is not None:
            said["subject"] = account.subject
        return self._event(
            EventType.CREATION,
            EventOutcome.SUCCESS,
            account,
            "account made",
            by=by,
            detail={"kind": account.kind.value, "grants": grants_json(account.grants)},
            private={**said, **(private or {})},
        )

    def changed(
        self,
        account: Account,
        act: str,
        *,
        by: Actor | None,
        detail: Mapping[str, Json] | None = None,
        private: Mapping[str, Json] | None = None,
        outcome: EventOutcome = EventOutcome.SUCCESS,
        objects: Iterable[LinkedObject] = (),
    ) -> EncodedEvent:
        """Something about an account is no longer as it was, or was refused to become otherwise."""
        return self._event(
            EventType.MODIFICATION, outcome, account, act, by=by, detail=detail, private=private, objects=objects
        )

    def _event(
        self,
        type: EventType,
        outcome: EventOutcome,
        account: Account | None,
        act: str,
        *,
        by: Actor | None = None,
        detail: Mapping[str, Json] | None = None,
        private: Mapping[str, Json] | None = None,
        objects: Iterable[LinkedObject] = (),
    ) -> EncodedEvent:
        about = [] if account is None else [LinkedObject(account.id, "account", role="outcome")]
        agents = [] if by is None else [LinkedAgent(by.account.id, IMPLEMENTER)]
        by_token: dict[str, Json] = {} if by is None or by.token is None else {"token": by.token}
        return self.recorder.event(
            type,
            outcome,
            objects=[*about, *objects],
            agents=agents,
            detail={"act": act, **by_token, **(detail or {})},
            private=private,
        )


def grants_json(grants: Iterable[Grant]) -> list[Json]:
    """Roles and the ids of collections: neither is a name."""
    return [{"role": one.role.value, "collection": one.collection} for one in grants]
