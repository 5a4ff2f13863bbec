import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preservation.domain.events import Event, EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.ledger import SequencedEvent
from preservation.standards.ledger_entry import MAX_PRIVATE_BYTES, commit_of, decode, encode, opens
from preservation.standards.ledger_text import LedgerText, decode_texts, encode_texts, text_key, text_opens

SALT = bytes(range(32))
EVENT = Event(
    id="urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
    type=EventType.FIXITY_CHECK,
    time=datetime(2026, 11, 22, 15, 4, 5, 67, tzinfo=timezone(timedelta(hours=7))),
    outcome=EventOutcome.FAILURE,
    agents=(LinkedAgent("preservation/0.1.0"), LinkedAgent("urn:uuid:x", "authorizer")),
    objects=(
        LinkedObject("urn:uuid:aip", "aip", version=2, digest="sha512:ab"),
        LinkedObject("urn:uuid:replica", "replica", role="outcome"),
    ),
    detail={"damaged": 1, "codes": ["E092"]},
    private={"path": "Hồ sơ 1.pdf"},
    policy="sha256:cd",
)

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.builds(
    Event,
    id=st.text(),
    type=st.sampled_from(EventType),
    time=st.datetimes(timezones=st.just(UTC)),
    outcome=st.sampled_from(EventOutcome),
    agents=st.lists(st.builds(LinkedAgent, st.text(), st.text()), max_size=3).map(tuple),
    objects=st.lists(
        st.builds(
            LinkedObject,
            id=st.text(),
            kind=st.text(),
            role=st.text(),
            version=st.none() | st.integers(0, 2**53 - 1),
            digest=st.none() | st.text(),
        ),
        max_size=3,
    ).map(tuple),
    detail=st.dictionaries(st.text() | st.sampled_from(["commit", "detail"]), JSON, max_size=3),
    private=st.dictionaries(st.text(), JSON, max_size=3),
    policy=st.none() | st.text(),
)


def test_an_entry_holds_ids_and_a_commitment_and_no_private_word() -> None:
    encoded = encode(EVENT, SALT)

    value = json.loads(encoded.entry)
    commit = hashlib.sha256(b"pres/commit/v1\x00" + SALT + '{"path":"Hồ sơ 1.pdf"}'.encode()).digest()
    assert value == {
        "agents": [
            {"id": "preservation/0.1.0", "role": "executing program"},
            {"id": "urn:uuid:x", "role": "authorizer"},
        ],
        "commit": base64.b64encode(commit).decode(),
        "detail": {"codes": ["E092"], "damaged": 1},
        "id": EVENT.id,
        "objects": [
            {"digest": "sha512:ab", "id": "urn:uuid:aip", "kind": "aip", "role": "source", "version": 2},
            {"id": "urn:uuid:replica", "kind": "replica", "role": "outcome"},
        ],
        "outcome": "failure",
        "policy": "sha256:cd",
        "time": "2026-11-22T08:04:05.000067Z",
        "type": "fixity check",
        "v": 1,
    }
    assert "Hồ sơ".encode() not in encoded.entry


@settings(deadline=None)
@given(EVENTS)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    encoded = encode(event, SALT)

    assert decode(encoded.entry, encoded.private, encoded.salt) == event
    assert decode(encoded.entry, None, b"") == replace(event, private={})


@settings(deadline=None)
@given(EVENTS)
def test_the_commitment_is_found_without_parsing_just_where_there_is_one(event: Event) -> None:
    encoded = encode(event, SALT)

    commit = commit_of(encoded.entry)
    assert (commit is not None) is bool(event.private)
    assert commit is None or opens(commit, encoded.salt, encoded.private)


def test_an_event_without_private_part_has_no_commitment_and_keeps_no_salt() -> None:
    encoded = encode(replace(EVENT, private={}), SALT)

    assert (encoded.private, encoded.salt) == (b"", b"")
    assert b"commit" not in encoded.entry


def test_a_commitment_opens_to_nothing_else() -> None:
    encoded = encode(EVENT, SALT)
    commit = commit_of(encoded.entry) or b""

    assert opens(commit, SALT, encoded.private)
    assert not opens(commit, bytes(32), encoded.private)
    assert not opens(commit, SALT, encoded.private + b" ")
    assert not opens(commit, SALT[:31], encoded.private)


def test_an_entry_that_no_bundle_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="65535"):
        encode(replace(EVENT, detail={"x": "a" * 65_536}), SALT)


def test_a_private_part_over_a_mebibyte_is_refused() -> None:
    with pytest.raises(ValueError, match="private part"):
        encode(replace(EVENT, private={"x": "a" * MAX_PRIVATE_BYTES}), SALT)


def test_a_time_without_zone_and_a_short_salt_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        encode(replace(EVENT, time=EVENT.time.replace(tzinfo=None)), SALT)
    with pytest.raises(ValueError, match="salt"):
        encode(EVENT, SALT[:16])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":1', b'"v":2'),
        (b'"fixity check"', b'"fixity chuck"'),
        (b'"failure"', b'"ok"'),
        (b"08:04:05.000067Z", b"08:04:05Z"),
        (b'"version":2', b'"version":true'),
        (b'"detail":{', b'"detail":[],"details":{'),
        (b'"id":"urn:uuid:0189', b'"id":7,"it":"urn:uuid:0189'),
        (b'"agents":[{', b'"agents":[7,{'),
        (b'{"agents"', b'{ "agents"'),
    ],
)
def test_an_entry_of_another_form_is_refused(old: bytes, new: bytes) -> None:
    entry = encode(EVENT, SALT).entry
    assert old in entry

    with pytest.raises(ValueError, match=r"."):
        decode(entry.replace(old, new, 1), None, b"")


def test_a_private_part_that_was_not_committed_to_is_refused() -> None:
    encoded = encode(EVENT, SALT)

    with pytest.raises(ValueError, match="committed"):
        decode(encoded.entry, b'{"path":"other"}', encoded.salt)


def rows(*events: Event) -> list[SequencedEvent]:
    encoded = [encode(event, SALT) for event in events]
    return [SequencedEvent(at, one.entry, one.salt, one.private) for at, one in enumerate(encoded, start=256)]


def test_texts_are_lines_that_a_person_can_read() -> None:
    private, plain, erased = rows(EVENT, replace(EVENT, private={}), EVENT)

    data = encode_texts(256, [private, plain, replace(erased, private=None, salt=b"")])

    salt = base64.b64encode(SALT).decode()
    assert data.decode().splitlines() == [
        f'{{"private":{{"path":"Hồ sơ 1.pdf"}},"salt":"{salt}","sequence":256}}',
        '{"sequence":257}',
        '{"erased":true,"sequence":258}',
    ]
    assert text_key(1) == "texts/001.jsonl"


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=5))
def test_texts_come_back_as_they_were(events: list[Event]) -> None:
    held = rows(*events)

    texts = decode_texts(256, encode_texts(256, held))

    assert texts == [LedgerText(256 + at, row.salt, row.private) for at, row in enumerate(held)]
    assert all(text is not None and text_opens(row.entry, text) for row, text in zip(held, texts, strict=True))


def test_a_damaged_line_is_none_and_its_neighbours_are_read() -> None:
    data = encode_texts(256, rows(EVENT, EVENT, EVENT)).replace(b'"sequence":257', b'"sequence":259')

    texts = decode_texts(256, data)

    assert [text is None for text in texts] == [False, True, False]


@pytest.mark.parametrize(
    "line", [b"", b"{}", b'{"private":x,"salt":"","sequence":0}', b'{"private":{},"salt":"!","sequence":0}']
)
def test_a_line_of_another_form_is_damaged(line: bytes) -> None:
    assert decode_texts(0, line + b"\n") == [None]


def test_a_line_stands_only_beside_its_own_entry() -> None:
    private, plain = rows(EVENT, replace(EVENT, private={}))

    assert text_opens(private.entry, LedgerText(256, b"", None))
    assert not text_opens(plain.entry, LedgerText(257, b"", None))
    assert not text_opens(private.entry, LedgerText(256, b"", b""))
    assert not text_opens(plain.entry, LedgerText(257, SALT, b'{"path":"x"}'))
