"""Accounts, and what they may do. Rights are roles within collections; a role in a fonds holds in everything below it."""

from collections.abc import Collection as Sized
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """producer submits; archivist decides and describes; auditor reads everything and changes nothing; administrator arranges;
    peer is another archive, which asks whether our copies are what it holds too, and may do nothing else."""

    PRODUCER = "producer"
    ARCHIVIST = "archivist"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    PEER = "peer"


class Right(StrEnum):
    """What a route or a command asks for. Each is asked within a collection, or for the repository as a whole."""

    SUBMIT = "submit"  # make, upload, submit and withdraw transfers of one's own
    READ_TRANSFERS = "read-transfers"  # of everybody
    DECIDE = "decide"  # accept or reject a transfer in review
    READ_HOLDINGS = "read-holdings"  # AIPs, files, descriptions, reports
    DOWNLOAD = "download"
    EXPORT = "export"
    DESCRIBE = "describe"  # collections
    READ_EVENTS = "read-events"
    READ_STATE = "read-state"  # replicas, fixity, jobs, policies, agreements
    RUN_JOBS = "run-jobs"  # fixity, sync, review on demand; cancel and retry
    ARRANGE = "arrange"  # policies, agreements, replicas
    MANAGE_PEOPLE = "manage-people"
    CHALLENGE = "challenge"  # have an AIP read, and hear a digest with a nonce in it


RIGHTS_OF: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.PRODUCER: frozenset({Right.SUBMIT}),
        Role.ARCHIVIST: frozenset(
            {
                Right.SUBMIT,
                Right.READ_TRANSFERS,
                Right.DECIDE,
                Right.READ_HOLDINGS,
                Right.DOWNLOAD,
                Right.EXPORT,
                Right.DESCRIBE,
                Right.READ_EVENTS,
                Right.READ_STATE,
                Right.RUN_JOBS,
            }
        ),
        Role.AUDITOR: frozenset({Right.READ_TRANSFERS, Right.READ_HOLDINGS, Right.READ_EVENTS, Right.READ_STATE}),
        Role.ADMINISTRATOR: frozenset(
            {
                Right.READ_TRANSFERS,
                Right.READ_HOLDINGS,
                Right.DESCRIBE,
                Right.READ_EVENTS,
                Right.READ_STATE,
                Right.RUN_JOBS,
                Right.ARRANGE,
                Right.MANAGE_PEOPLE,
            }
        ),
        Role.PEER: frozenset({Right.CHALLENGE}),
    }
)


class AccountKind(StrEnum):
    """A PERSON signs in, and may have tokens beside; a MACHINE has nothing but tokens."""

    PERSON = "person"
    MACHINE = "machine"


class AccountState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role within a collection (its id) and all below it; everywhere if `collection` is None."""

    role: Role
    collection: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may act. `name` is the login, folded to lower case; `subject` is the OIDC provider's "issuer subject".

    Nothing here is secret: this is what the repository's record keeps. Grants are in the order of role and collection.
    """

    id: str
    name: str
    kind: AccountKind
    display_name: str
    state: AccountState
    created: datetime
    grants: tuple[Grant, ...] = ()
    subject: str | None = None
    email: str | None = None

    @property
    def is_active(self) -> bool:
        return self.state is AccountState.ACTIVE

    @property
    def is_administrator(self) -> bool:
        """Whether this is somebody who can arrange everything: a person, active, administrator everywhere."""
        return self.is_active and self.kind is AccountKind.PERSON and Grant(Role.ADMINISTRATOR) in self.grants


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalIdentity:
    """Somebody whom an identity provider vouches for (OpenID Connect Core 1.0, 2 and 5.1), and what they say of themselves."""

    issuer: str
    subject: str
    name: str | None = None
    display_name: str | None = None
    email: str | None = None

    @property
    def key(self) -> str:
        """What `Account.subject` holds: issuer and subject, of which only both together are unique (Core 1.0, 5.7)."""
        return f"{self.issuer} {self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The secret side of a person's account. `password` is an argon2id string (RFC 9106), None where none was set."""

    account: str
    password: str | None = None
    must_change: bool = False
    failures: int = 0
    locked_until: datetime | None = None
    changed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login in a browser. `digest` is the SHA-256 of the cookie's value; `csrf` the token that a changing request repeats."""

    digest: bytes
    account: str
    csrf: str
    created: datetime
    seen: datetime
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A machine's key, shown once. `digest` is the SHA-256 of its value; `grants` narrow the account's own, never widen them."""

    id: str
    account: str
    name: str
    digest: bytes
    created: datetime
    expires: datetime | None = None
    used: datetime | None = None
    revoked: datetime | None = None
    grants: tuple[Grant, ...] | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in a request: an account, with the grants that hold for it. `token` is set where a machine's key was shown."""

    account: Account
    grants: tuple[Grant, ...]
    token: str | None = None


class CollectionTree:
    """Which collections lie in which: from (id, parent id) pairs. A parent that is not there counts as none."""

    def __init__(self, pairs: Iterable[tuple[str, str | None]]) -> None:
        self._parent = dict(pairs)

    def __contains__(self, collection: str) -> bool:
        return collection in self._parent

    def lineage(self, collection: str) -> list[str]:
        """The collection and all above it, itself first. A circle is cut where it closes."""
        found: list[str] = []
        at: str | None = collection
        while at is not None and at not in found:
            found.append(at)
            at = self._parent.get(at)
        return found

    def within(self, roots: Sized[str]) -> set[str]:
        """Every collection that is one of the roots or below one."""
        return {one for one in self._parent if any(above in roots for above in self.lineage(one))}


def may(grants: Iterable[Grant], right: Right, collection: str | None, tree: CollectionTree) -> bool:
    """Whether the grants give a right within a collection; with None: in the repository as a whole."""
    above = set() if collection is None else set(tree.lineage(collection))
    return any(
        right in RIGHTS_OF[grant.role] and (grant.collection is None or grant.collection in above) for grant in grants
    )


def may_anywhere(grants: Iterable[Grant], right: Right) -> bool:
    """Whether there is a collection in which the grants give the right."""
    return any(right in RIGHTS_OF[grant.role] for grant in grants)


def reach(grants: Iterable[Grant], right: Right, tree: CollectionTree) -> set[str] | None:
    """The collections in which the grants give a right; None for everywhere."""
    roots = [grant.collection for grant in grants if right in RIGHTS_OF[grant.role]]
    if None in roots:
        return None
    return tree.within([one for one in roots if one is not None])


def narrowed(own: Iterable[Grant], wanted: Iterable[Grant], tree: CollectionTree) -> tuple[Grant, ...]:
    """Those of the wanted grants that the own ones contain: what a token may do is never more than its account may."""
    held = list(own)
    return tuple(
        grant
        for grant in wanted
        if any(
            one.role is grant.role
            and (
                one.collection is None
                or (grant.collection is not None and one.collection in tree.lineage(grant.collection))
            )
            for one in held
        )
    )
