import pytest

from preservation.domain.findings import Finding
from preservation.domain.ledger import EncodedEvent
from preservation.errors import Unavailable
from preservation.services.audit import verify
from preservation.services.ledger_publishing import publish_missing
from preservation.services.ledger_restoring import restore_checkpoint, restore_from
from tests.ledger_kit import LedgerKit
from tests.memory_catalogue import MemoryCatalogue


def restored(kit: LedgerKit) -> tuple[list[tuple[int, EncodedEvent]], list[Finding]]:
    findings: list[Finding] = []
    return list(restore_from(kit.stores[0], kit.sequencer.trust, report=findings.append)), findings


@pytest.mark.parametrize("count", [0, 1, 256, 600])
def test_every_event_comes_back_from_one_replica_as_it_was_recorded(count: int) -> None:
    kit = LedgerKit(1)
    made = kit.make(count)
    kit.catalogue.append(*made)
    kit.sequencer.run()

    events, findings = restored(kit)

    assert events == list(enumerate(made))
    assert findings == []


def test_a_database_made_from_a_replica_has_the_same_tree_and_goes_on_with_it() -> None:
    kit = LedgerKit()
    kit.grow(600)
    before = kit.catalogue
    kit.catalogue = MemoryCatalogue()
    signed = restore_checkpoint(kit.stores[0], kit.sequencer.trust)
    assert signed is not None
    with kit.catalogue.begin() as transaction:
        transaction.restore_events(restored(kit)[0])
        transaction.save_checkpoint(signed.size, signed.root, signed.note)
    assert kit.catalogue.state == before.state

    kit.append(10)
    kit.sequencer = kit.new_sequencer()

    assert kit.sequencer.run().up_to_date == {"replica-1", "replica-2"}
    assert verify(kit.catalogue.port, kit.stores, kit.sequencer.trust).problems == ()


def test_an_erased_text_stays_erased() -> None:
    kit = LedgerKit(1)
    kit.catalogue.append(*kit.make(2, private={"name": "A"}))
    kit.sequencer.run()
    kit.catalogue.tamper(0, private=None, salt=b"")
    publish_missing(kit.catalogue.port, kit.stores[0], kit.sequencer.trust, tx="tx")

    events, findings = restored(kit)

    assert [(event.salt == b"", event.private) for _, event in events] == [(True, b""), (False, b'{"name":"A"}')]
    assert findings == []


def test_a_damaged_text_is_told_and_the_event_comes_all_the_same() -> None:
    kit = LedgerKit(1)
    kit.catalogue.append(*kit.make(3, private={"name": "A"}))
    kit.sequencer.run()
    lines = kit.stores[0].objects["texts/000.jsonl"].split(b"\n")
    lines[1] = lines[1].replace(b'"A"', b'"B"')
    kit.stores[0].objects["texts/000.jsonl"] = b"\n".join(lines)

    events, findings = restored(kit)

    assert [event.private for _, event in events] == [b'{"name":"A"}', b"", b'{"name":"A"}']
    assert [(finding.code, finding.values["sequence"]) for finding in findings] == [("LEDGER-TEXT-LOST", "1")]

    del kit.stores[0].objects["texts/000.jsonl"]
    assert len(restored(kit)[1]) == 3


def test_texts_that_the_medium_does_not_give_are_told_and_the_events_come_all_the_same() -> None:
    kit = LedgerKit(1)
    kit.catalogue.append(*kit.make(2, private={"name": "A"}))
    kit.sequencer.run()
    kit.stores[0].unreadable.add("texts/000.jsonl")

    events, findings = restored(kit)

    assert [event.private for _, event in events] == [b"", b""]
    assert [finding.code for finding in findings] == ["LEDGER-TEXT-LOST", "LEDGER-TEXT-LOST"]


@pytest.mark.parametrize("key", ["ledger/tile/entries/000", "ledger/tile/entries/002.p/88"])
@pytest.mark.parametrize("kind", ["flip", "cut", "short", "gone"])
def test_a_replica_whose_entries_are_not_what_was_signed_is_no_source(key: str, kind: str) -> None:
    kit = LedgerKit(1)
    kit.grow(600)
    data = kit.stores[0].objects.pop(key)
    changed = {
        "flip": data[:-1] + bytes([data[-1] ^ 1]),
        "cut": data[:-1],
        "short": data[2 + int.from_bytes(data[:2], "big") :],
    }
    if kind in changed:
        kit.stores[0].objects[key] = changed[kind]

    with pytest.raises(Unavailable, match="replica"):
        restored(kit)


def test_a_replica_whose_checkpoint_is_damaged_is_no_source() -> None:
    kit = LedgerKit(1)
    kit.grow(3)
    kit.stores[0].objects["ledger/checkpoint"] += b"x"

    with pytest.raises(Unavailable, match="cannot be believed"):
        restored(kit)


def test_a_replica_without_checkpoint_has_no_events() -> None:
    kit = LedgerKit(1)

    assert restored(kit) == ([], [])
    assert restore_checkpoint(kit.stores[0], kit.sequencer.trust) is None
