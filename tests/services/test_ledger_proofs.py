import base64
import json
from datetime import UTC, datetime

import pytest

from preservation.adapters.signing import Ed25519Signer, verify_ed25519
from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.holdings import AIPVersion
from preservation.domain.messages import render
from preservation.errors import ForkedLedger, NotHere, Unavailable
from preservation.services.ledger_proofs import check_proof, prove
from preservation.services.ledger_proven import proven
from preservation.standards.ledger_entry import decode
from tests.ledger_kit import ORIGIN, LedgerKit

AIP = "urn:uuid:00000000-0000-7000-8000-00000000bbbb"


def id_of(kit: LedgerKit, sequence: int) -> str:
    return decode(kit.catalogue.ledger_entries(sequence, 1)[0].entry, None, b"").id


def receipt(kit: LedgerKit, id: str) -> str:
    return prove(kit.catalogue.port, kit.stores, id, kit.sequencer.trust)


@pytest.mark.parametrize("sequence", [0, 1, 255, 256, 511, 599])
def test_a_receipt_proves_its_event_to_somebody_who_has_only_the_key(sequence: int) -> None:
    kit = LedgerKit()
    kit.grow(600)

    report = check_proof(receipt(kit, id_of(kit, sequence)), [kit.signer.verifier.text], check=verify_ed25519)

    assert report.ok
    assert (report.origin, report.tree_size, report.index) == (ORIGIN, 600, sequence)
    assert report.event is not None
    assert report.event.id == id_of(kit, sequence)
    assert report.event.private == {}


@pytest.mark.parametrize("damage", ["away", "rot", "cut", "gone"])
def test_a_receipt_is_made_though_every_replica_is_damaged_or_away(damage: str) -> None:
    kit = LedgerKit()
    kit.grow(600)
    for store in kit.stores:
        store.is_away = damage == "away"
        for key in [key for key in store.objects if key.startswith("ledger/tile/")]:
            data = store.objects.pop(key)
            if damage != "gone":
                store.objects[key] = bytes(len(data)) if damage == "rot" else data[:-1]

    text = receipt(kit, id_of(kit, 300))

    assert check_proof(text, [kit.signer.verifier.text], check=verify_ed25519).ok


def test_an_aip_is_proved_by_the_ingestion_of_its_newest_version() -> None:
    kit = LedgerKit()
    for number, digest in ((1, "aa"), (2, "bb")):
        kit.catalogue.state.versions.append(
            AIPVersion(AIP, number, datetime(2026, 1, number, tzinfo=UTC), digest, file_count=1, bytes=1)
        )
        for act in (EventType.INFORMATION_PACKAGE_CREATION, EventType.INGESTION, EventType.FIXITY_CHECK):
            linked = LinkedObject(AIP, "aip", version=number, digest=f"sha512:{digest}")
            kit.catalogue.append(kit.recorder.event(act, EventOutcome.SUCCESS, objects=[linked]))
    kit.sequencer.run()

    report = check_proof(receipt(kit, AIP), [kit.signer.verifier.text], check=verify_ed25519)

    assert report.event is not None
    assert report.event.type is EventType.INGESTION
    assert report.event.objects[0].version == 2


@pytest.mark.parametrize("language", ["en", "vi"])
def test_what_was_proved_is_told_in_one_sentence(language: str) -> None:
    kit = LedgerKit()
    kit.grow(3)
    digest = "ab" * 64
    linked = [LinkedObject(id=AIP, kind="aip", role="outcome", version=2, digest=f"sha512:{digest}")]
    linked += [LinkedObject(id=f"{AIP}{number}", kind="transfer") for number in range(3)]
    kit.catalogue.append(kit.recorder.event(EventType.INGESTION, EventOutcome.SUCCESS, objects=linked))
    kit.sequencer.run()
    report = check_proof(receipt(kit, id_of(kit, 3)), [kit.signer.verifier.text], check=verify_ed25519)

    sentence = render(proven(report), language)

    assert f"aip {AIP} v2 sha512:abababababababab…, transfer {AIP}0, … (+2)" in sentence
    assert all(part in sentence for part in ("ingestion", "success", " 3 ", " 4 ", ORIGIN))
    assert "{" not in sentence


def test_of_a_receipt_that_fails_nothing_is_said_to_be_proved() -> None:
    with pytest.raises(ValueError, match="nothing"):
        proven(check_proof("no receipt", [LedgerKit().signer.verifier.text], check=verify_ed25519))


def test_what_is_unknown_or_not_yet_signed_has_no_receipt() -> None:
    kit = LedgerKit()
    kit.grow(1)
    kit.append(1)

    with pytest.raises(NotHere):
        receipt(kit, "urn:uuid:unknown")
    with pytest.raises(Unavailable, match="no signed checkpoint"):
        receipt(kit, decode(kit.catalogue.state.events[1].entry, None, b"").id)


def test_an_event_altered_in_the_database_cannot_be_proved() -> None:
    kit = LedgerKit()
    kit.grow(3)
    altered = kit.recorder.event(EventType.DELETION, EventOutcome.SUCCESS)
    kit.catalogue.tamper(1, entry=altered.entry, private=b"", salt=b"")

    with pytest.raises(ForkedLedger, match="cannot be proved"):
        receipt(kit, altered.event.id)


def test_a_receipt_that_was_changed_in_any_line_fails() -> None:
    kit = LedgerKit()
    kit.grow(600)
    text = receipt(kit, id_of(kit, 300))
    other = receipt(kit, id_of(kit, 301)).split("\n")
    lines = text.split("\n")

    for number, line in enumerate(lines[:-1]):
        changed = list(lines)
        changed[number] = (
            other[number] if other[number] != line else line[:-3] + ("AAA" if line[-3:] != "AAA" else "BBB")
        )
        report = check_proof("\n".join(changed), [kit.signer.verifier.text], check=verify_ed25519)
        assert not report.ok, line
        assert [problem.code for problem in report.problems] == ["LEDGER-PROOF-FAILS"]
        assert report.event is None


def test_another_key_believes_no_receipt() -> None:
    kit = LedgerKit()
    kit.grow(1)
    other = Ed25519Signer(ORIGIN, b"\x42" * 32)

    assert not check_proof(receipt(kit, id_of(kit, 0)), [other.verifier.text], check=verify_ed25519).ok
    with pytest.raises(ValueError, match=r"key|base64"):
        check_proof("", ["nonsense"], check=verify_ed25519)


@pytest.mark.parametrize(
    "extra", ["", "{}", "[]", '{"entry":7}', '{"entry":"!"}', "nonsense", "[" * 100_000, '{"entry":""}']
)
def test_a_receipt_without_its_entry_fails(extra: str) -> None:
    kit = LedgerKit()
    kit.grow(1)
    lines = receipt(kit, id_of(kit, 0)).split("\n")
    lines[1] = f"extra {base64.b64encode(extra.encode()).decode()}"

    assert not check_proof("\n".join(lines), [kit.signer.verifier.text], check=verify_ed25519).ok
    assert not check_proof("\n".join(lines[:1] + lines[2:]), [kit.signer.verifier.text], check=verify_ed25519).ok


def test_the_extra_line_is_json_with_the_entry() -> None:
    kit = LedgerKit()
    kit.grow(1)

    extra = receipt(kit, id_of(kit, 0)).split("\n")[1].removeprefix("extra ")

    assert base64.b64decode(json.loads(base64.b64decode(extra))["entry"]) == kit.catalogue.ledger_entries(0, 1)[0].entry
