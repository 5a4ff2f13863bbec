import random

import pytest

from preservation.errors import ForkedLedger, Unavailable
from preservation.services.audit import verify
from preservation.services.ledger_publishing import LedgerFault, publish_missing, repair_ledger
from preservation.services.ledger_restoring import restore_checkpoint, restore_from
from tests.ledger_kit import LedgerKit
from tests.memory_catalogue import MemoryCatalogue
from tests.memory_store import MemoryStore, unwatched


class Crash(BaseException):
    """The process ends here."""


def live(store: MemoryStore) -> dict[str, bytes]:
    """What is not set aside."""
    return {key: data for key, data in store.objects.items() if not key.startswith("quarantine/")}


def grown() -> LedgerKit:
    kit = LedgerKit()
    for count in (200, 300, 40, 30):
        kit.grow(count)
    return kit


def damaged_in_every_way(data: bytes, other: bytes) -> list[bytes | None]:
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 0x40
    return [bytes(flipped), data[:-1], data + b"\x00", b"", other, None]


def test_a_new_replica_gets_the_same_files_as_the_others() -> None:
    kit = grown()
    new = MemoryStore("replica-3")

    report = publish_missing(kit.catalogue.port, new, kit.sequencer.trust, tx="tx")

    assert (report.size, report.repaired) == (570, ())
    assert report.added == len(new.objects) - 1
    assert set(new.objects) <= set(kit.stores[0].objects)
    assert all(kit.stores[0].objects[key] == data for key, data in new.objects.items())
    assert verify(kit.catalogue.port, [new], kit.sequencer.trust).problems == ()


def test_a_replica_that_was_away_is_brought_up_and_cleared_of_partial_tiles() -> None:
    kit = LedgerKit()
    kit.grow(100)
    kit.stores[1].is_away = True
    kit.grow(500)
    kit.stores[1].is_away = False

    report = publish_missing(kit.catalogue.port, kit.stores[1], kit.sequencer.trust, tx="tx")

    assert (report.size, report.repaired) == (600, ())
    assert "ledger/tile/0/000.p/100" not in kit.stores[1].objects
    assert verify(kit.catalogue.port, kit.stores, kit.sequencer.trust).problems == ()


def test_what_is_whole_is_not_written_again() -> None:
    kit = grown()
    seen: list[str] = []
    kit.stores[0].watch = lambda _operation, key, _moment: seen.append(key)

    for publish in (publish_missing, repair_ledger):
        report = publish(kit.catalogue.port, kit.stores[0], kit.sequencer.trust, tx="tx")
        assert (report.size, report.added, report.repaired) == (570, 0, ())
    assert seen == []


def test_damage_of_every_kind_to_any_file_is_found_and_repaired() -> None:
    kit = grown()
    store, whole = kit.stores[0], dict(kit.stores[0].objects)
    drills = 0
    for key, data in whole.items():
        others = [other for name, other in whole.items() if other != data and name != key]
        for bad in damaged_in_every_way(data, random.Random(key).choice(others)):
            is_old_partial = key not in live(_fresh(kit))
            if bad is None and is_old_partial:
                continue  # Nobody but the replica knows which partial tiles it once showed.
            store.objects = dict(whole)
            if bad is None:
                del store.objects[key]
            else:
                store.objects[key] = bad

            found = verify(kit.catalogue.port, kit.stores, kit.sequencer.trust)
            report = repair_ledger(kit.catalogue.port, store, kit.sequencer.trust, tx="tx")

            assert not found.ok, (key, bad)
            assert {finding.values["replica"] for finding in found.problems} == {"replica-1"}
            assert [repair.key for repair in report.repaired] == [key], bad
            assert (report.repaired[0].fault is LedgerFault.MISSING) is (bad is None)
            assert live(store) == whole
            kept = report.repaired[0].evidence
            assert (kept is not None) is (bad is not None and not key.startswith("texts/"))
            assert kept is None or store.objects[kept] == bad
            assert verify(kit.catalogue.port, kit.stores, kit.sequencer.trust).problems == ()
            drills += 1

    assert drills > 80


def _fresh(kit: LedgerKit) -> MemoryStore:
    store = MemoryStore("fresh")
    publish_missing(kit.catalogue.port, store, kit.sequencer.trust, tx="tx")
    return store


def test_two_files_that_changed_places_are_both_repaired() -> None:
    kit = grown()
    store, whole = kit.stores[0], dict(kit.stores[0].objects)
    first, second = "ledger/tile/0/000", "ledger/tile/0/001"
    store.objects[first], store.objects[second] = whole[second], whole[first]

    report = repair_ledger(kit.catalogue.port, store, kit.sequencer.trust, tx="tx")

    assert [repair.key for repair in report.repaired] == [first, second]
    assert live(store) == whole


def test_a_replica_that_lost_all_of_its_ledger_is_made_whole() -> None:
    kit = grown()
    kit.stores[0].objects = {}

    report = repair_ledger(kit.catalogue.port, kit.stores[0], kit.sequencer.trust, tx="tx")

    assert report.size == 570
    assert verify(kit.catalogue.port, kit.stores, kit.sequencer.trust).problems == ()


def test_a_text_that_was_erased_is_erased_on_the_replica_and_not_kept_as_evidence() -> None:
    kit = LedgerKit()
    kit.catalogue.append(*kit.make(3, private={"name": "Nguyễn Văn A"}))
    kit.sequencer.run()
    kit.catalogue.tamper(1, private=None, salt=b"")

    found = verify(kit.catalogue.port, kit.stores, kit.sequencer.trust)
    for store in kit.stores:
        publish_missing(kit.catalogue.port, store, kit.sequencer.trust, tx="tx")

    assert [finding.code for finding in found.problems] == ["LEDGER-TEXT-DIFFERS"] * 2
    for store in kit.stores:
        lines = store.objects["texts/000.jsonl"].decode().splitlines()
        assert [("Nguyễn" in line, "erased" in line) for line in lines] == [(True, False), (False, True), (True, False)]
        assert live(store) == store.objects
    assert verify(kit.catalogue.port, kit.stores, kit.sequencer.trust).problems == ()


def test_a_text_that_the_database_has_lost_comes_back_from_the_replica() -> None:
    kit = grown()
    whole = kit.catalogue.state.copy()
    for sequence in (4, 301):
        kit.catalogue.tamper(sequence, private=b"", salt=b"")
    before = [dict(store.objects) for store in kit.stores]

    reports = [publish_missing(kit.catalogue.port, store, kit.sequencer.trust, tx="tx") for store in kit.stores]

    assert [report.repaired for report in reports] == [(), ()]
    assert [store.objects for store in kit.stores] == before
    assert kit.catalogue.state == whole


def test_a_database_rebuilt_from_a_damaged_replica_takes_nothing_from_another() -> None:
    kit = grown()
    damaged, whole = kit.stores
    lines = damaged.objects["texts/001.jsonl"].split(b"\n")
    damaged.objects["texts/001.jsonl"] = b"\n".join([*lines[:9], b"?", *lines[10:]])
    before, kept = kit.catalogue.state, whole.objects["texts/001.jsonl"]
    signed = restore_checkpoint(damaged, kit.sequencer.trust)
    assert signed is not None
    kit.catalogue = MemoryCatalogue()
    with kit.catalogue.begin() as transaction:
        transaction.restore_events(restore_from(damaged, kit.sequencer.trust, report=lambda _finding: None))
        transaction.save_checkpoint(signed.size, signed.root, signed.note)
    assert kit.catalogue.state != before

    publish_missing(kit.catalogue.port, whole, kit.sequencer.trust, tx="tx")
    repaired = repair_ledger(kit.catalogue.port, damaged, kit.sequencer.trust, tx="tx").repaired

    assert whole.objects["texts/001.jsonl"] == kept
    assert kit.catalogue.state == before
    assert [one.key for one in repaired] == ["texts/001.jsonl"]
    assert verify(kit.catalogue.port, kit.stores, kit.sequencer.trust).problems == ()


@pytest.mark.parametrize("changes", [{"entry": b"{}"}, {"private": b'{"path":"other"}'}])
def test_an_altered_database_never_overwrites_a_replica(changes: dict[str, bytes]) -> None:
    kit = grown()
    kit.catalogue.tamper(4, **changes)
    kit.stores[0].objects["ledger/tile/0/000"] = b"rot"
    before = dict(kit.stores[0].objects)

    with pytest.raises(ForkedLedger):
        repair_ledger(kit.catalogue.port, kit.stores[0], kit.sequencer.trust, tx="tx")
    assert kit.stores[0].objects == before


def test_a_replica_that_is_ahead_of_the_database_is_left_alone() -> None:
    kit = LedgerKit()
    kit.grow(100)
    backup = kit.catalogue.state
    kit.grow(1)
    kit.catalogue.state = backup
    before = dict(kit.stores[0].objects)

    with pytest.raises(ForkedLedger, match="rebuild"):
        repair_ledger(kit.catalogue.port, kit.stores[0], kit.sequencer.trust, tx="tx")
    assert kit.stores[0].objects == before


def test_a_replica_of_another_history_is_left_alone() -> None:
    kit, other = LedgerKit(), LedgerKit()
    kit.grow(300)
    other.make(1)
    other.grow(200)
    before = dict(other.stores[0].objects)

    with pytest.raises(ForkedLedger):
        repair_ledger(kit.catalogue.port, other.stores[0], kit.sequencer.trust, tx="tx")
    assert other.stores[0].objects == before


def test_without_a_checkpoint_there_is_nothing_to_publish() -> None:
    kit = LedgerKit()

    assert publish_missing(kit.catalogue.port, kit.stores[0], kit.sequencer.trust, tx="tx").size == 0
    kit.stores[0].is_away = True
    with pytest.raises(Unavailable):
        publish_missing(kit.catalogue.port, kit.stores[0], kit.sequencer.trust, tx="tx")


def test_a_repair_that_is_interrupted_at_any_write_is_finished_by_the_next() -> None:
    kit = grown()
    store, whole = kit.stores[0], dict(kit.stores[0].objects)
    broken = {key: bytes(data[:-1]) for key, data in whole.items() if key != "texts/001.jsonl"}
    writes: list[str] = []
    store.objects, store.watch = dict(broken), lambda _operation, key, _moment: writes.append(key)
    repair_ledger(kit.catalogue.port, store, kit.sequencer.trust, tx="tx")
    assert live(store) == whole
    assert len(writes) > 40

    for cut in range(len(writes)):
        left = [cut]

        def step(_operation: str, _key: str, _moment: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == -1:
                raise Crash

        store.objects, store.watch = dict(broken), step
        with pytest.raises(Crash):
            repair_ledger(kit.catalogue.port, store, kit.sequencer.trust, tx="tx")
        store.watch = unwatched
        repair_ledger(kit.catalogue.port, store, kit.sequencer.trust, tx="tx")
        assert verify(kit.catalogue.port, kit.stores, kit.sequencer.trust).problems == ()
