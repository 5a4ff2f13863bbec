"""An event as a leaf of the ledger: canonical JSON (RFC 8785) that holds opaque ids and a commitment to everything else.

    {"agents":[{"id","role"}],"commit","detail":{},"id","objects":[{"digest","id","kind","role","version"}],
     "outcome","policy","time","type","v":1}

`commit` (base64) is absent where the event has no private part, `policy`, `digest` and `version` where they are None. `time` is
RFC 3339 in UTC with microseconds. The commitment is SHA-256("pres/commit/v1", 0x00, salt of 32 bytes, private JSON): once salt
and JSON are erased, nobody can tell what the leaf committed to, and the tree is as it was.
"""

import base64
import json
import re
from datetime import UTC, datetime
from hashlib import sha256

from preservation.domain.events import Event, EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.ledger import EncodedEvent
from preservation.standards.canonical_json import canonical, parse
from preservation.standards.tiles import MAX_ENTRY_BYTES

ENTRY_VERSION = 1
SALT_BYTES = 32
MAX_PRIVATE_BYTES = 1 << 20

_DOMAIN = b"pres/commit/v1\x00"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z", re.ASCII)
_BEFORE_COMMIT = b'],"commit":"'
_DETAIL = b'"detail":{'


def commitment(salt: bytes, private: bytes) -> bytes:
    """What the entry says of a private part: 32 bytes."""
    return sha256(_DOMAIN + salt + private).digest()


def opens(commit: bytes, salt: bytes, private: bytes) -> bool:
    """Whether salt and private JSON are what was committed to."""
    return len(salt) == SALT_BYTES and commitment(salt, private) == commit


def commit_of(entry: bytes) -> bytes | None:
    """The commitment in an entry as `encode` writes it, found without parsing; None where it has none.

    Keys are sorted, so `commit` comes between `agents`, which has no such key, and `detail`; no string holds a bare quote.
    """
    start = entry.find(_BEFORE_COMMIT)
    if start < 0 or start > entry.find(_DETAIL):
        return None
    start += len(_BEFORE_COMMIT)
    return base64.b64decode(entry[start : entry.index(b'"', start)])


def encode(event: Event, salt: bytes) -> EncodedEvent:
    """The entry, and what opens its commitment. The salt is used only where there is a private part.

    ValueError for an entry over 65,535 bytes, a private part over 1 MiB, a time without zone, or values without canonical form.
    """
    if event.time.tzinfo is None:
        raise ValueError("the event's time has no zone")
    entry: dict[str, Json] = {
        "agents": [{"id": agent.id, "role": agent.role} for agent in event.agents],
        "detail": dict(event.detail),
        "id": event.id,
        "objects": [_object(linked) for linked in event.objects],
        "outcome": event.outcome.value,
        "time": event.time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "type": event.type.value,
        "v": ENTRY_VERSION,
    }
    if event.policy is not None:
        entry["policy"] = event.policy
    private = b""
    if event.private:
        private = canonical(dict(event.private))
        if len(private) > MAX_PRIVATE_BYTES:
            raise ValueError(f"the private part of the event has {len(private)} bytes, more than {MAX_PRIVATE_BYTES}")
        if len(salt) != SALT_BYTES:
            raise ValueError(f"the salt has {len(salt)} bytes, not {SALT_BYTES}")
        entry["commit"] = base64.b64encode(commitment(salt, private)).decode()
    data = canonical(entry)
    if len(data) > MAX_ENTRY_BYTES:
        raise ValueError(f"the entry has {len(data)} bytes, more than {MAX_ENTRY_BYTES}")
    return EncodedEvent(event=event, entry=data, salt=salt if private else b"", private=private)


def decode(entry: bytes, private: bytes | None, salt: bytes) -> Event:
    """The event again. Without its private part (None or empty: there is none, or it was erased) that is an empty mapping.

    ValueError where the entry is not of this form, or the private part is not what it committed to.
    """
    value = parse(entry)
    if not isinstance(value, dict) or value.get("v") != ENTRY_VERSION:
        raise ValueError("this is not an entry of version 1")
    time = _text(value, "time")
    if not _TIME.match(time):
        raise ValueError("the entry's time is not RFC 3339 in UTC with microseconds")
    opened: dict[str, Json] = {}
    if private:
        commit = base64.b64decode(_text(value, "commit"), validate=True)
        if not opens(commit, salt, private):
            raise ValueError("the private part is not what the entry committed to")
        opened = _mapping(json.loads(private))
    return Event(
        id=_text(value, "id"),
        type=EventType(_text(value, "type")),
        time=datetime.fromisoformat(time),
        outcome=EventOutcome(_text(value, "outcome")),
        agents=tuple(LinkedAgent(_text(agent, "id"), _text(agent, "role")) for agent in _list(value, "agents")),
        objects=tuple(_linked_object(linked) for linked in _list(value, "objects")),
        detail=_mapping(value.get("detail")),
        private=opened,
        policy=_optional_text(value, "policy"),
    )


def _object(linked: LinkedObject) -> Json:
    value: dict[str, Json] = {"id": linked.id, "kind": linked.kind, "role": linked.role}
    if linked.version is not None:
        value["version"] = linked.version
    if linked.digest is not None:
        value["digest"] = linked.digest
    return value


def _linked_object(value: dict[str, Json]) -> LinkedObject:
    version = value.get("version")
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise ValueError("the version of an object in the entry is not a number")
    return LinkedObject(
        id=_text(value, "id"),
        kind=_text(value, "kind"),
        role=_text(value, "role"),
        version=version,
        digest=_optional_text(value, "digest"),
    )


def _text(value: dict[str, Json], key: str) -> str:
    found = value.get(key)
    if isinstance(found, str):
        return found
    raise ValueError(f"the entry has no text under {key}")


def _optional_text(value: dict[str, Json], key: str) -> str | None:
    return _text(value, key) if key in value else None


def _mapping(value: Json) -> dict[str, Json]:
    if isinstance(value, dict):
        return value
    raise ValueError("the entry has something else where a mapping should be")


def _list(value: dict[str, Json], key: str) -> list[dict[str, Json]]:
    found = value.get(key)
    if isinstance(found, list):
        return [_mapping(member) for member in found]
    raise ValueError(f"the entry has no list under {key}")
