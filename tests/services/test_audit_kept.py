"""What an auditor kept elsewhere says about a ledger that its keeper may have written anew."""

import json
import string

import pytest

from preservation.adapters.signing import Ed25519Signer, verify_ed25519
from preservation.domain.messages_ledger import MESSAGES
from preservation.services.audit import AuditReport, verify
from preservation.services.audit_kept import kept_note
from preservation.services.ledger_proofs import prove
from preservation.services.ledger_sequencing import Sequencer
from tests.ledger_kit import ORIGIN, LedgerKit
from tests.memory_store import MemoryStore


def note(kit: LedgerKit) -> bytes:
    remembered = kit.catalogue.port.checkpoint()
    assert remembered is not None
    return remembered[2].encode()


def audit(kit: LedgerKit, *kept: bytes) -> AuditReport:
    report = verify(kit.catalogue.port, kit.stores, kit.sequencer.trust, kept=kept)
    for finding in report.problems:
        for sentence in MESSAGES[finding.code]:
            fields = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
            assert fields <= set(finding.values), (finding, sentence)
    return report


def codes(report: AuditReport) -> list[str]:
    return [finding.code for finding in report.problems]


@pytest.mark.parametrize("later", [0, 1, 255, 700])
def test_a_ledger_that_only_grew_contains_every_checkpoint_that_was_kept(later: int) -> None:
    kit, kept = LedgerKit(), list[bytes]()
    for count in (1, 255, 1, 300):
        kit.grow(count)
        kept.append(note(kit))
    if later:
        kit.grow(later)

    assert audit(kit, *kept) == audit(kit)
    assert audit(kit, *kept).ok


def test_a_history_written_anew_with_the_same_key_is_found_by_who_kept_a_checkpoint() -> None:
    kit, other = LedgerKit(), LedgerKit()
    kit.grow(300)
    other.make(1)
    other.grow(700)

    assert audit(other).ok
    report = audit(other, note(kit))
    assert (report.ok, codes(report)) == (False, ["LEDGER-KEPT-FORK"])


def test_a_ledger_whose_end_was_cut_off_is_found() -> None:
    kit, shorter = LedgerKit(), LedgerKit()
    kit.grow(300)
    kept = note(kit)
    shorter.grow(200)

    assert codes(audit(shorter, kept)) == ["LEDGER-KEPT-LATER"]
    assert codes(audit(LedgerKit(), kept)) == ["LEDGER-KEPT-LATER"]


def test_the_replicas_are_asked_where_the_database_was_altered() -> None:
    kit = LedgerKit()
    kit.grow(300)
    kept = note(kit)
    kit.grow(300)
    kit.catalogue.tamper(7, entry=kit.make(1)[0].entry, private=b"", salt=b"")

    assert "LEDGER-DATABASE-ROOT" in codes(audit(kit, kept))
    assert not {"LEDGER-KEPT-FORK", "LEDGER-KEPT-UNPROVEN"} & set(codes(audit(kit, kept)))
    for store in kit.stores:
        store.objects.clear()
    assert "LEDGER-KEPT-UNPROVEN" in codes(audit(kit, kept))


@pytest.mark.parametrize("fault", ["another key", "another log", "cut", "empty"])
def test_a_checkpoint_that_is_not_of_this_log_says_so_and_proves_nothing(fault: str) -> None:
    kit, other = LedgerKit(), LedgerKit()
    kit.grow(3)
    other.append(3)
    origin = "another.example/log" if fault == "another log" else ORIGIN
    signer = Ed25519Signer(origin, b"\x08" * 32)
    Sequencer(other.catalogue.port, [MemoryStore("x")], signer, origin, check=verify_ed25519).run()
    kept = {"cut": note(kit)[:-20], "empty": b""}.get(fault, note(other))

    report = audit(kit, kept)

    assert (report.ok, codes(report)) == (False, ["LEDGER-KEPT-INVALID"])


def test_a_checkpoint_is_read_from_whatever_it_was_kept_in() -> None:
    kit = LedgerKit()
    kit.grow(5)
    kept = note(kit)
    event = json.loads(kit.catalogue.port.ledger_entries(2, 1)[0].entry)["id"]
    receipt = prove(kit.catalogue.port, kit.stores, event, kit.sequencer.trust)
    text = kept.decode()

    assert kept_note(text) == kept
    assert kept_note(f"{text}\nvkey: {ORIGIN}+0+x\n") == kept
    assert kept_note(json.dumps({"checkpoint": text, "vkey": ""})) == kept
    assert kept_note(receipt) == kept_note(json.dumps({"proof": receipt})) == kept
    # Not JSON for us: a note that nobody has signed.
    assert not audit(kit, kept_note("[" * 100_000)).ok
    for wrong in ("{", '{"a": ' * 100_000, '{"checkpoint": 1}', "{}", receipt.partition("index")[0]):
        with pytest.raises(ValueError, match=r"neither a checkpoint nor a receipt|tlog-proof|no index"):
            kept_note(wrong)
