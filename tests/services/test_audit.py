import string

import pytest

from preservation.domain.messages_ledger import MESSAGES
from preservation.errors import Unavailable
from preservation.services.audit import AuditReport, verify
from preservation.standards import merkle
from tests.ledger_kit import LedgerKit


class Counter:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.done = 0
        self.has_ended = False

    def begin(self, label: str, total: int | None) -> None:
        self.total = total

    def advance(self, amount: int) -> None:
        self.done += amount

    def end(self) -> None:
        self.has_ended = True


def audit(kit: LedgerKit) -> AuditReport:
    report = verify(kit.catalogue.port, kit.stores, kit.sequencer.trust)
    for finding in report.problems:
        for sentence in MESSAGES[finding.code]:
            fields = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
            assert fields <= {"path", *finding.values}, (finding, sentence)
    return report


def codes(report: AuditReport) -> list[str]:
    return [finding.code for finding in report.problems]


def test_an_empty_ledger_is_whole() -> None:
    assert audit(LedgerKit()) == AuditReport(ok=True, complete=True, tree_size=0, root=merkle.EMPTY_ROOT, problems=())


def test_an_untouched_ledger_is_whole_and_progress_is_told() -> None:
    kit, progress = LedgerKit(), Counter()
    for count in (100, 300, 300):
        kit.grow(count)

    report = verify(kit.catalogue.port, kit.stores, kit.sequencer.trust, progress=progress)

    assert (report.ok, report.complete, report.tree_size, report.problems) == (True, True, 700, ())
    assert report.root == kit.sequencer.run().root
    assert (progress.total, progress.done, progress.has_ended) == (700, 700, True)


def test_events_that_wait_are_told_and_are_no_fault() -> None:
    kit = LedgerKit()
    kit.grow(3)
    kit.append(5)

    report = audit(kit)

    assert report.ok
    assert [(finding.code, finding.values["count"]) for finding in report.problems] == [("LEDGER-EVENTS-WAITING", "5")]


@pytest.mark.parametrize("sequence", [0, 255, 256, 599])
def test_an_event_altered_in_the_database_is_named(sequence: int) -> None:
    kit = LedgerKit()
    kit.grow(600)
    kit.catalogue.tamper(sequence, entry=kit.make(1)[0].entry, private=b"", salt=b"")

    report = audit(kit)

    assert not report.ok
    assert codes(report) == ["LEDGER-DATABASE-ROOT", "LEDGER-ENTRY-ALTERED"]
    assert report.problems[1].values["sequence"] == str(sequence)


def test_events_that_changed_places_in_the_database_are_named() -> None:
    kit = LedgerKit()
    kit.grow(300)
    third, seventh = (kit.catalogue.ledger_entries(sequence, 1)[0] for sequence in (3, 7))
    for sequence, row in ((7, third), (3, seventh)):
        kit.catalogue.tamper(sequence, entry=row.entry, private=row.private, salt=row.salt)

    altered = [finding.values["sequence"] for finding in audit(kit).problems if finding.code == "LEDGER-ENTRY-ALTERED"]

    assert altered == ["3", "7"]


def test_an_event_deleted_from_the_database_is_named() -> None:
    kit = LedgerKit()
    kit.grow(600)
    del kit.catalogue.state.order[300]

    report = audit(kit)

    assert not report.ok
    assert codes(report) == ["LEDGER-ENTRY-MISSING", "LEDGER-DATABASE-ROOT"]
    assert report.problems[0].values["sequence"] == "300"


def test_a_text_altered_in_the_database_is_named() -> None:
    kit = LedgerKit()
    kit.grow(3)
    kit.catalogue.tamper(1, private=b'{"path":"other"}')

    report = audit(kit)

    assert not report.ok
    assert codes(report) == ["LEDGER-TEXT-ALTERED"]


def test_a_text_that_the_database_has_lost_is_told_and_no_replica_is_blamed() -> None:
    kit = LedgerKit()
    kit.grow(3)
    kit.catalogue.tamper(1, private=b"", salt=b"")

    held = audit(kit)
    for store in kit.stores:
        store.objects["texts/000.jsonl"] = b""
    gone = audit(kit)

    assert (held.ok, codes(held)) == (False, ["LEDGER-DATABASE-TEXT"])
    assert [code for code in codes(gone) if code != "LEDGER-TEXT-DIFFERS"] == ["LEDGER-TEXT-GONE"]


def test_damage_to_database_and_replica_together_is_told_of_both() -> None:
    kit = LedgerKit()
    kit.grow(600)
    kit.catalogue.tamper(5, entry=b"{}", private=b"", salt=b"")
    kit.stores[0].objects["ledger/tile/entries/000"] = b""

    report = audit(kit)

    assert codes(report) == [
        "LEDGER-DATABASE-ROOT",
        "LEDGER-BUNDLES-UNUSABLE",
        "LEDGER-ENTRY-ALTERED",
        "LEDGER-BUNDLE-DIFFERS",
    ]


def test_where_nothing_reproduces_the_signed_root_that_is_said() -> None:
    kit = LedgerKit(1)
    kit.grow(600)
    kit.catalogue.tamper(5, entry=b"{}", private=b"", salt=b"")
    kit.stores[0].objects["ledger/tile/entries/000"] = b""

    assert codes(audit(kit)) == ["LEDGER-DATABASE-ROOT", "LEDGER-BUNDLES-UNUSABLE", "LEDGER-NO-WITNESS"]


def test_a_database_restored_from_a_backup_is_told() -> None:
    kit = LedgerKit()
    kit.grow(100)
    backup = kit.catalogue.state
    kit.grow(100)
    kit.catalogue.state = backup

    report = audit(kit)

    assert not report.ok
    assert report.tree_size == 200
    assert codes(report)[0] == "LEDGER-DATABASE-BEHIND"
    assert codes(report).count("LEDGER-ENTRY-MISSING") == 100


def test_two_signed_trees_of_one_size_are_a_fork() -> None:
    kit, other = LedgerKit(), LedgerKit()
    kit.grow(100)
    other.make(1)
    other.grow(100)
    kit.stores[1].objects = other.stores[1].objects

    report = audit(kit)

    assert not report.ok
    assert "LEDGER-FORK" in codes(report)


def test_an_older_tree_of_another_history_is_a_fork() -> None:
    kit, other = LedgerKit(), LedgerKit()
    kit.grow(300)
    other.make(1)
    other.grow(100)
    kit.stores[1].objects = other.stores[1].objects

    assert "LEDGER-FORK" in codes(audit(kit))


def test_a_replica_that_is_behind_is_compared_with_the_tree_that_it_shows() -> None:
    kit = LedgerKit()
    kit.grow(300)
    kit.stores[1].is_away = True
    kit.grow(300)
    kit.stores[1].is_away = False
    report = audit(kit)
    assert report.ok
    assert codes(report) == ["LEDGER-REPLICA-BEHIND"]

    kit.stores[1].objects["ledger/tile/entries/001.p/44"] += b"\x00"
    assert codes(audit(kit)) == ["LEDGER-REPLICA-BEHIND", "LEDGER-BUNDLE-DIFFERS"]


def test_a_replica_that_is_away_proves_nothing() -> None:
    kit = LedgerKit()
    kit.grow(3)
    kit.stores[1].is_away = True

    report = audit(kit)

    assert report.ok
    assert not report.complete
    assert codes(report) == ["LEDGER-REPLICA-AWAY"]


def test_a_file_that_cannot_be_read_is_neither_whole_nor_damaged() -> None:
    kit = LedgerKit()
    kit.grow(3)
    store = kit.stores[0]
    whole = store.open_cold

    def fail(key: str) -> object:
        if key.startswith("texts/"):
            raise Unavailable("input/output error")
        return whole(key)

    store.open_cold = fail  # type: ignore[method-assign, assignment]
    report = audit(kit)

    assert report.ok
    assert not report.complete
    assert codes(report) == ["LEDGER-FILE-UNREADABLE"]


def test_a_strange_file_is_told() -> None:
    kit = LedgerKit()
    kit.grow(300)
    for key in ("ledger/tile/0/0", "ledger/notes.txt", "texts/000.txt", "texts/other"):
        kit.stores[0].objects[key] = b"x"

    report = audit(kit)

    assert report.ok
    assert [(finding.code, finding.path) for finding in report.problems] == [
        ("LEDGER-STRANGER", "ledger/notes.txt"),
        ("LEDGER-STRANGER", "ledger/tile/0/0"),
        ("LEDGER-STRANGER", "texts/000.txt"),
        ("LEDGER-STRANGER", "texts/other"),
    ]


def test_a_forged_checkpoint_in_the_database_is_told() -> None:
    kit = LedgerKit()
    kit.grow(3)
    size, root, note = kit.catalogue.checkpoint() or (0, b"", "")
    kit.catalogue.state.checkpoint = (size, root, note.replace("archive", "another"))

    report = audit(kit)

    assert not report.ok
    assert codes(report)[0] == "LEDGER-CHECKPOINT-INVALID"


def test_problems_without_end_are_bounded() -> None:
    kit = LedgerKit()
    kit.grow(11_000)
    for sequence in range(11_000):
        kit.catalogue.tamper(sequence, private=b"{}", salt=bytes(32))

    report = audit(kit)

    assert len(report.problems) == 10_001
    assert report.problems[-1].code == "LEDGER-MORE"


def test_every_sentence_is_there_in_both_languages_with_the_same_placeholders() -> None:
    for code, sentences in MESSAGES.items():
        english, vietnamese = ({name for _, name, _, _ in string.Formatter().parse(one) if name} for one in sentences)
        assert vietnamese <= english, code
        assert len(sentences) == 2
