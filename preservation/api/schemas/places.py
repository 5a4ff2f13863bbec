"""Replicas, fixity, formats, collections, policies."""

from datetime import datetime
from typing import Any

from pydantic import Field

from preservation.api.schemas.shape import EXAMPLE_SHA512, EXAMPLE_TIME, EXAMPLE_URN, URN, Request, Shape, example
from preservation.domain.holdings import ReplicaState
from preservation.services.fixity import Selection

_REPLICA: dict[str, Any] = {
    "id": EXAMPLE_URN,
    "name": "a",
    "url": "file:///srv/replicas/a",
    "role": "primary",
    "state": "active",
    "added": EXAMPLE_TIME,
    "copies": 1200,
    "bytes": 1_099_511_627_776,
    "server_lacks": [],
}
_COUNTS: dict[str, Any] = {
    "replica": EXAMPLE_URN,
    "copies": 1200,
    "overdue": 3,
    "share_within_window": 0.9975,
    "oldest_check": EXAMPLE_TIME,
    "never_checked": 0,
    "intact": 1200,
    "damaged": 0,
    "missing": 0,
    "unreadable": 0,
    "pending": 0,
}
_HOLDING: dict[str, Any] = {
    "puid": "fmt/95",
    "name": "Acrobat PDF/A",
    "version": "1a",
    "mime": "application/pdf",
    "aips": 12,
    "files": 240,
    "bytes": 83_886_080,
}
_COLLECTION: dict[str, Any] = {"id": EXAMPLE_URN, "code": "H49.64", "title": "Phông Sở Nội vụ", "parent": None}
_POLICY: dict[str, Any] = {
    "name": "fixity",
    "version": f"sha512:{EXAMPLE_SHA512}",
    "text": "# Within how many days each copy is checked.\nwindow_days = 90\n",
}


_PLAN: dict[str, Any] = {
    "replica": EXAMPLE_URN,
    "window_days": 90,
    "copies": 1000,
    "bytes": 1_000_000_000,
    "oldest_check": EXAMPLE_TIME,
    "never_checked": 0,
    "overdue": 0,
    "share_within_window": 1.0,
    "due": 3,
    "oldest_due": EXAMPLE_TIME,
    "bytes_needed": 160.751,
    "checks_needed": 0.000161,
    "bytes_wanted": 200.939,
    "checks_wanted": 0.000201,
    "bytes_available": 52_428_800.0,
    "checks_available": 40.0,
    "load": 0.000004,
    "feasible": True,
}


class Replica(Shape):
    """A storage location."""

    model_config = example(**_REPLICA)

    id: URN
    name: str
    url: str | None = Field(description="Where it is; null for those who may not know, and where it is not known.")
    role: str
    state: ReplicaState
    added: datetime
    copies: int | None = Field(description="As of `counted` of the fixity status; null before the first count.")
    bytes: int | None
    server_lacks: list[str] = Field(
        description="What the server of a bucket was found unable to do: no-create-only, no-replace-if, no-complete-only, "
        "no-arrival-check, no-versioning, no-object-lock. Without the first two only the database keeps two writers apart."
    )


class Replicas(Shape):
    """All storage locations."""

    model_config = example(items=[_REPLICA])

    items: list[Replica]


class NewReplica(Request):
    """A storage location to be made."""

    model_config = example(name="c", folder="/srv/replicas/c")

    name: str = Field(min_length=1, max_length=100)
    folder: str | None = Field(
        default=None,
        min_length=2,
        max_length=1000,
        pattern=r"^/[^\x00]*$",
        description="An empty folder of the server, or none yet.",
    )
    url: str | None = Field(
        default=None,
        min_length=8,
        max_length=1000,
        pattern=r"^s3://[^\x00\s]+$",
        description="In a folder's place: an empty prefix of a bucket, on a server that the settings allow.",
    )


class FixityCounts(Shape):
    """One replica in numbers."""

    model_config = example(**_COUNTS)

    replica: URN
    copies: int
    overdue: int = Field(description="Copies that were not checked within the window.")
    share_within_window: float = Field(ge=0, le=1)
    oldest_check: datetime | None
    never_checked: int
    intact: int
    damaged: int
    missing: int
    unreadable: int
    pending: int


class FixityStatus(Shape):
    """What is known of the copies."""

    model_config = example(window_days=90, counted=EXAMPLE_TIME, replicas=[_COUNTS])

    window_days: int
    counted: datetime | None = Field(description="When; null before the first count.")
    replicas: list[FixityCounts]


class ReplicaChecks(Shape):
    """What one replica's checks need and have. Rates are for a second; null where nothing was measured yet."""

    model_config = example(**_PLAN)

    replica: URN
    window_days: int = Field(description="The longest window that its copies have.")
    copies: int
    bytes: int = Field(description="Of head versions.")
    oldest_check: datetime | None
    never_checked: int
    overdue: int = Field(description="Copies that were not checked within their windows.")
    share_within_window: float = Field(ge=0, le=1)
    due: int = Field(
        description="Copies whose deadline has passed, counted up to 10,000; deadlines are well before windows end."
    )
    oldest_due: datetime | None
    bytes_needed: float
    checks_needed: float
    bytes_wanted: float = Field(description="With a quarter of headroom.")
    checks_wanted: float
    bytes_available: float | None = Field(
        description="As measured by earlier runs and allowed by the policy, over a day."
    )
    checks_available: float | None
    load: float | None = Field(description="Needed in parts of available; null too where nothing is available.")
    feasible: bool | None = Field(description="Whether the windows can be kept with headroom.")


class FixityPlan(Shape):
    """Whether the windows of the fixity policy can be kept."""

    model_config = example(counted=EXAMPLE_TIME, replicas=[_PLAN])

    counted: datetime | None = Field(description="When; null before the first count.")
    replicas: list[ReplicaChecks]


class FixityRun(Request):
    """Which copies to check."""

    model_config = example(selection="due", aip=None, replica=None)

    selection: Selection = Field(default=Selection.DUE, strict=False)
    aip: URN | None = Field(default=None, description="Only this AIP's: then all of them.")
    replica: URN | None = Field(default=None, description="Only those on this replica.")


class FormatHolding(Shape):
    """How much is held of one format, in newest versions."""

    model_config = example(**_HOLDING)

    puid: str | None = Field(description="Null for what nobody could identify.")
    name: str
    version: str
    mime: str
    aips: int
    files: int
    bytes: int


class FormatHoldings(Shape):
    """What is held by format, the most files first."""

    model_config = example(items=[_HOLDING])

    items: list[FormatHolding]


class Collection(Shape):
    """A node of the tree of fonds."""

    model_config = example(**_COLLECTION)

    id: URN
    code: str
    title: str
    parent: URN | None


class Collections(Shape):
    """The collections that somebody may know of."""

    model_config = example(items=[_COLLECTION])

    items: list[Collection]


class NewCollection(Request):
    """A collection to be added."""

    model_config = example(code="H49.64", title="Phông Sở Nội vụ", parent=None)

    code: str = Field(min_length=1, max_length=100)
    title: str = Field(min_length=1, max_length=1000)
    parent: URN | None = Field(default=None, description="The collection that it lies in.")


class ChangedCollection(Request):
    """What is to be different; what is left out stays."""

    model_config = example(title="Phông Sở Nội vụ tỉnh")

    code: str | None = Field(default=None, min_length=1, max_length=100)
    title: str | None = Field(default=None, min_length=1, max_length=1000)
    parent: URN | None = Field(default=None, description="The collection that it is to lie in.")
    to_top: bool = Field(default=False, description="Take it out of the one that it lies in.")


class Policy(Shape):
    """A policy as it is stated."""

    model_config = example(**_POLICY)

    name: str
    version: str = Field(description="The digest of the text: what events call this state.")
    text: str = Field(description="TOML.")


class Policies(Shape):
    """Every policy."""

    model_config = example(items=[_POLICY])

    items: list[Policy]
