import threading
from collections.abc import Callable

import pytest

from preservation.adapters.signing import Ed25519Signer, verify_ed25519
from preservation.domain.events import EventOutcome, EventType
from preservation.errors import DiskFull, ForkedLedger, PreservationError, ReplicaAway, Unavailable
from preservation.services.audit import verify
from preservation.services.ledger_files import catalogue_groups, roots_at
from preservation.services.ledger_sequencing import MAX_LAG, Sequencer
from preservation.standards import merkle
from preservation.standards.checkpoint import open_checkpoint
from preservation.standards.tiles import tiles_of_growth
from preservation.standards.tree_edge import TreeEdge
from tests.ledger_kit import ORIGIN, LedgerKit
from tests.memory_store import unwatched


class Crash(BaseException):
    """The process ends here."""


def assert_clean(kit: LedgerKit) -> None:
    report = verify(kit.catalogue.port, kit.stores, kit.sequencer.trust)
    assert report.problems == ()
    assert report.ok
    assert report.complete


def naive_root(kit: LedgerKit) -> bytes:
    frontier: list[bytes] = []
    for number, event in enumerate(kit.catalogue.ledger_entries(0, kit.catalogue.ledger_size())):
        merkle.append_leaf(frontier, number, merkle.leaf_hash(event.entry))
    return merkle.root_of_peaks(frontier)


@pytest.mark.parametrize("sizes", [[1], [255, 1], [256], [257], [1] * 10, [100, 200, 300], [700, 0, 1, 1000, 255]])
def test_events_become_a_signed_tree_that_every_replica_shows(sizes: list[int]) -> None:
    kit = LedgerKit()
    for count in sizes:
        kit.append(count)
        report = kit.sequencer.run()
        assert report.up_to_date == {"replica-1", "replica-2"}
        assert report.findings == ()
        assert (report.size, report.root) == (kit.catalogue.ledger_size(), naive_root(kit))

    for store in kit.stores:
        note = store.read("ledger/checkpoint")
        checkpoint = open_checkpoint(note, [kit.signer.verifier], verify_ed25519)
        assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (ORIGIN, sum(sizes), naive_root(kit))
        assert {f"ledger/{name.path}" for name in tiles_of_growth(0, sum(sizes))} <= set(store.objects)
    assert_clean(kit)


def test_without_events_nothing_is_signed() -> None:
    kit = LedgerKit()

    report = kit.sequencer.run()

    assert (report.size, report.root) == (0, merkle.EMPTY_ROOT)
    assert kit.catalogue.checkpoint() is None
    assert kit.stores[0].objects == {}


def test_without_news_nothing_is_written() -> None:
    kit = LedgerKit()
    kit.grow(300)
    seen: list[str] = []
    kit.stores[0].watch = lambda _operation, key, _moment: seen.append(key)

    report = kit.new_sequencer().run()

    assert seen == []
    assert report.up_to_date == {"replica-1", "replica-2"}


def test_events_are_sequenced_in_the_order_in_which_they_were_recorded() -> None:
    kit = LedgerKit()
    made = kit.make(5000)
    kit.catalogue.append(*made)

    kit.sequencer.run()

    assert [event.entry for event in kit.catalogue.ledger_entries(0, 5000)] == [event.entry for event in made]


def test_a_restarted_sequencer_goes_on_from_what_lies_on_a_replica() -> None:
    kit = LedgerKit()
    for count in (70_000, 3, 300):
        kit.append(count)
        kit.sequencer = kit.new_sequencer()
        assert kit.sequencer.run().up_to_date == {"replica-1", "replica-2"}

    assert kit.sequencer.run().root == naive_root(kit)
    assert_clean(kit)


def test_a_restarted_sequencer_goes_on_from_the_database_where_the_tiles_are_damaged() -> None:
    kit = LedgerKit()
    kit.grow(600)
    for store in kit.stores:
        store.objects["ledger/tile/1/000.p/2"] = bytes(64)
    kit.append(5)
    kit.sequencer = kit.new_sequencer()

    assert kit.sequencer.run().root == naive_root(kit)


def test_superfluous_partial_tiles_go_when_the_full_one_is_there_and_not_before() -> None:
    kit = LedgerKit(1)
    kit.grow(100)
    kit.grow(100)
    before = sorted(key for key in kit.stores[0].objects if ".p/" in key)
    kit.grow(60)

    after = sorted(key for key in kit.stores[0].objects if ".p/" in key)
    assert before == [
        "ledger/tile/0/000.p/100",
        "ledger/tile/0/000.p/200",
        "ledger/tile/entries/000.p/100",
        "ledger/tile/entries/000.p/200",
    ]
    assert after == ["ledger/tile/0/001.p/4", "ledger/tile/1/000.p/1", "ledger/tile/entries/001.p/4"]


def test_a_replica_that_is_away_is_named_and_catches_up_when_it_returns() -> None:
    kit = LedgerKit()
    kit.grow(300)
    kit.stores[1].is_away = True
    kit.append(300)

    report = kit.sequencer.run()
    assert report.up_to_date == {"replica-1"}
    assert [finding.code for finding in report.findings] == ["LEDGER-REPLICA-AWAY"]

    kit.stores[1].is_away = False
    assert kit.sequencer.run().up_to_date == {"replica-1", "replica-2"}
    assert_clean(kit)


def test_a_replica_that_is_far_behind_is_left_to_a_sync() -> None:
    kit = LedgerKit()
    kit.stores[1].is_away = True
    kit.grow(MAX_LAG + 1)
    kit.stores[1].is_away = False

    report = kit.sequencer.run()

    assert report.up_to_date == {"replica-1"}
    assert [finding.code for finding in report.findings] == ["LEDGER-REPLICA-BEHIND"]


def test_with_no_replica_there_nothing_is_signed_and_nothing_is_lost() -> None:
    kit = LedgerKit()
    kit.grow(10)
    for store in kit.stores:
        store.is_away = True
    kit.append(10)
    report = kit.sequencer.run()
    assert (report.size, report.up_to_date) == (10, frozenset())

    for store in kit.stores:
        store.is_away = False
    assert kit.sequencer.run().size == 20
    assert_clean(kit)


def test_a_database_older_than_a_replicas_checkpoint_signs_nothing() -> None:
    kit = LedgerKit()
    kit.grow(100)
    backup = kit.catalogue.state
    kit.grow(100)
    kit.catalogue.state = backup
    kit.append(5)

    with pytest.raises(ForkedLedger, match="backup"):
        kit.new_sequencer().run()
    assert kit.catalogue.checkpoint() == backup.checkpoint


@pytest.mark.parametrize("count", [100, 150, 400])
def test_a_database_that_went_another_way_since_its_backup_signs_nothing(count: int) -> None:
    kit = LedgerKit()
    kit.grow(100)
    backup = kit.catalogue.state
    kit.grow(100)
    shown = dict(kit.stores[0].objects)
    kit.catalogue.state = backup
    kit.append(count)

    with pytest.raises(ForkedLedger):
        kit.new_sequencer().run()
    assert kit.stores[0].objects == shown


def test_a_replica_with_another_history_of_the_same_size_stops_the_signing() -> None:
    kit, other = LedgerKit(), LedgerKit()
    kit.grow(100)
    other.make(1)
    other.grow(100)
    kit.stores[1].objects = other.stores[1].objects
    kit.append(1)

    with pytest.raises(ForkedLedger, match="contradict"):
        kit.new_sequencer().run()


def test_an_event_altered_in_the_last_bundle_stops_the_signing() -> None:
    kit = LedgerKit()
    kit.grow(300)
    kit.catalogue.tamper(299, entry=kit.make(1)[0].entry)
    kit.append(1)

    with pytest.raises(ForkedLedger, match="do not lead"):
        kit.sequencer.run()


def test_a_checkpoint_in_the_database_that_is_not_what_was_signed_stops_the_signing() -> None:
    kit = LedgerKit()
    kit.grow(3)
    size, _, note = kit.catalogue.checkpoint() or (0, b"", "")
    kit.catalogue.state.checkpoint = (size, bytes(32), note)

    with pytest.raises(ForkedLedger, match="another size or root"):
        kit.sequencer.run()


def test_a_new_key_goes_on_where_an_earlier_one_stopped() -> None:
    kit = LedgerKit()
    kit.grow(300)
    earlier = kit.signer.verifier
    kit.signer = Ed25519Signer(ORIGIN, b"\x08" * 32)
    kit.append(10)
    with pytest.raises(ForkedLedger, match="cannot be believed"):
        kit.new_sequencer().run()

    kit.sequencer = Sequencer(
        kit.catalogue.port, kit.stores, kit.signer, ORIGIN, check=verify_ed25519, earlier_keys=[earlier]
    )
    assert kit.sequencer.run().up_to_date == {"replica-1", "replica-2"}
    assert_clean(kit)


def test_a_replica_whose_checkpoint_is_damaged_is_left_alone_and_named() -> None:
    kit = LedgerKit()
    kit.grow(3)
    kit.stores[1].objects["ledger/checkpoint"] = b"rot"
    before = dict(kit.stores[1].objects)
    kit.append(1)

    report = kit.sequencer.run()

    assert report.up_to_date == {"replica-1"}
    assert [finding.code for finding in report.findings] == ["LEDGER-CHECKPOINT-INVALID"]
    assert kit.stores[1].objects == before


def test_an_unsigned_file_of_another_content_is_kept_as_evidence_and_replaced() -> None:
    kit = LedgerKit(1)
    kit.stores[0].objects["ledger/tile/0/000.p/3"] = b"left by a run whose transaction was lost"
    kit.append(3)

    report = kit.sequencer.run()

    assert [finding.code for finding in report.findings] == ["LEDGER-LEFTOVER"]
    assert b"left by a run whose transaction was lost" in kit.stores[0].objects.values()
    assert_clean(kit)


def moments(kit: LedgerKit) -> list[str]:
    """Every write of one run, in order."""
    seen: list[str] = []
    for store in kit.stores:
        store.watch = lambda operation, key, moment, store=store: seen.append(f"{store.id} {operation} {key} {moment}")  # type: ignore[misc]
    kit.catalogue.watch = lambda moment: seen.append(f"database {moment}")
    kit.sequencer.run()
    return seen


def arm(kit: LedgerKit, cut: int, error: Callable[[], BaseException], *, only_stores: bool = False) -> None:
    """The `cut`-th write of the next run raises."""
    left = [cut]

    def step() -> None:
        left[0] -= 1
        if left[0] == -1:
            raise error()

    for store in kit.stores:
        store.watch = lambda _operation, _key, _moment: step()
    kit.catalogue.watch = lambda _moment: None if only_stores else step()


def disarm(kit: LedgerKit) -> None:
    for store in kit.stores:
        store.watch = unwatched
    kit.catalogue.watch = lambda _moment: None


def prepared() -> LedgerKit:
    """A run from here fills a bundle, begins another, writes level 1, and removes partial tiles."""
    kit = LedgerKit()
    kit.grow(100)
    kit.grow(100)
    kit.append(150)
    return kit


def shown(kit: LedgerKit) -> dict[int, bytes]:
    """Every checkpoint that anybody can have seen."""
    notes = [store.objects["ledger/checkpoint"] for store in kit.stores]
    notes.append((kit.catalogue.checkpoint() or (0, b"", ""))[2].encode())
    opened = [open_checkpoint(note, [kit.signer.verifier], verify_ed25519) for note in notes]
    return {one.size: one.root for one in opened}


@pytest.mark.parametrize("more", [0, 7])
def test_a_crash_at_any_write_is_recovered_by_running_again_and_forks_nothing(more: int) -> None:
    cuts = moments(prepared())
    assert len(cuts) == 57
    for cut, name in enumerate(cuts):
        kit = prepared()
        arm(kit, cut, Crash)
        with pytest.raises(Crash):
            kit.sequencer.run()
        disarm(kit)
        before = shown(kit)

        kit.append(more)  # Life goes on before anybody recovers.
        kit.sequencer = kit.new_sequencer()
        report = kit.sequencer.run()

        assert report.size == 350 + more, name
        assert report.up_to_date == {"replica-1", "replica-2"}, name
        assert report.findings == (), name
        assert_clean(kit)
        groups = catalogue_groups(kit.catalogue.port, 0, 350 + more)
        assert roots_at(groups, TreeEdge(), before) == before, name


@pytest.mark.parametrize("error", [DiskFull, ReplicaAway, Unavailable])
def test_a_replica_that_fails_at_any_write_is_named_and_catches_up(error: type[PreservationError]) -> None:
    cuts = [name for name in moments(prepared()) if not name.startswith("database")]
    for cut, name in enumerate(cuts):
        kit = prepared()
        arm(kit, cut, lambda: error("fault"), only_stores=True)
        report = kit.sequencer.run()
        disarm(kit)

        is_late = " remove " in name
        assert report.size == 350, name
        assert len(report.up_to_date) == (2 if is_late else 1), name
        assert kit.sequencer.run().up_to_date == {"replica-1", "replica-2"}, name
        assert_clean(kit)


@pytest.mark.parametrize("changes", [{"private": b'{"path":"other"}'}, {"private": b"", "salt": b""}])
def test_growth_never_puts_an_altered_or_lost_text_in_the_place_of_the_true_one(changes: dict[str, bytes]) -> None:
    kit = LedgerKit()
    kit.grow(5)
    kit.catalogue.tamper(1, **changes)
    before = kit.stores[0].objects["texts/000.jsonl"]

    kit.grow(3)

    for store in kit.stores:
        assert store.objects["texts/000.jsonl"].startswith(before)


def test_two_sequencers_at_once_make_one_tree() -> None:
    kit = LedgerKit()
    sequencers = [kit.new_sequencer() for _ in range(3)]
    errors: list[BaseException] = []

    def work(sequencer: Sequencer) -> None:
        try:
            for _ in range(10):
                kit.append(40)
                sequencer.run()
        except PreservationError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(sequencer,)) for sequencer in sequencers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = kit.sequencer.run()

    assert errors == []
    assert report.size == 1200
    assert report.up_to_date == {"replica-1", "replica-2"}
    assert report.root == naive_root(kit)
    assert verify(kit.catalogue.port, kit.stores, kit.sequencer.trust).ok


def test_an_overlong_private_part_is_cut_and_says_so() -> None:
    kit = LedgerKit()
    event = kit.recorder.event(
        EventType.VALIDATION, EventOutcome.FAILURE, private={"findings": ["\u0001" * 100] * 10_000}
    )

    assert set(event.event.private) == {"bytes", "cut"}
    assert len(event.private) < 1 << 20
