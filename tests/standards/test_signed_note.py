import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preservation.adapters.signing import Ed25519Signer, verify_ed25519
from preservation.standards.signed_note import (
    make_note,
    parse_note,
    parse_private_key,
    parse_vkey,
    private_key_text,
    verifier_key,
    verify,
)

# The example of the specification (C2SP signed-note, "Format"), with the key given there.
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SIGNER = Ed25519Signer("archive.example/log", b"\x01" * 32)
OTHER = Ed25519Signer("other.example", b"\x02" * 32)


def signed(text: str, *signers: Ed25519Signer) -> bytes:
    return make_note(text, [(one.verifier, one.sign(text.encode())) for one in signers]).encode()


def vectors(corpora: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((corpora / "merkle-log" / "signed-note" / "signed-note-a.json").read_text())
    return found


def test_the_notes_of_gos_own_tests_are_opened_or_refused_as_there(corpora: Path) -> None:
    judged = 0
    for case in vectors(corpora)["notes"]:
        keys = [parse_vkey(text) for text in case["verifier_keys"]]
        data = base64.b64decode(case["note_b64"])
        if "error" in case["expect"]:
            with pytest.raises(ValueError, match=r"."):
                verify(parse_note(data), keys, verify_ed25519)
        else:
            note = parse_note(data)
            names = [key.name for key in verify(note, keys, verify_ed25519)]
            assert names == case["expect"]["verified"], case["name"]
            unverified = [line.name for line in note.signatures if line.name not in names]
            assert unverified == case["expect"]["unverified"], case["name"]
        judged += 1

    assert judged == 7


def test_the_verifier_keys_of_gos_own_tests_are_read_or_refused_as_there(corpora: Path) -> None:
    keys = vectors(corpora)["verifier_keys"]

    assert [parse_vkey(text).text for text in keys["good"]] == keys["good"]
    for text in keys["bad"]:
        with pytest.raises(ValueError, match=r"key|base64"):
            parse_vkey(text)
    assert len(keys["good"]) + len(keys["bad"]) == 4


def test_a_vkey_is_written_as_it_was_read() -> None:
    assert parse_vkey(SPEC_VKEY).text == SPEC_VKEY


def test_a_key_id_that_is_not_the_keys_own_is_refused() -> None:
    with pytest.raises(ValueError, match="id does not belong"):
        parse_vkey(SPEC_VKEY.replace("530d903a", "530d903b"))


def test_a_note_with_empty_lines_in_its_text_is_split_at_the_last_one() -> None:
    note = parse_note(signed("one\n\n\ntwo\n", SIGNER))

    assert note.text == "one\n\n\ntwo\n"
    assert verify(note, [SIGNER.verifier], verify_ed25519) == (SIGNER.verifier,)


def test_signatures_by_unknown_keys_are_passed_over() -> None:
    note = parse_note(signed("text\n", OTHER, SIGNER))

    assert verify(note, [SIGNER.verifier], verify_ed25519) == (SIGNER.verifier,)


def test_a_key_of_the_same_name_and_another_id_is_another_key() -> None:
    twin = Ed25519Signer(SIGNER.name, b"\x03" * 32)
    note = parse_note(signed("text\n", twin, SIGNER))

    assert verify(note, [SIGNER.verifier], verify_ed25519) == (SIGNER.verifier,)


def test_a_known_keys_wrong_signature_condemns_the_note_though_another_is_right() -> None:
    line = make_note("text\n", [(OTHER.verifier, OTHER.sign(b"other text\n"))]).split("\n\n")[1]
    note = parse_note(signed("text\n", SIGNER) + line.encode())

    with pytest.raises(ValueError, match="is wrong"):
        verify(note, [SIGNER.verifier, OTHER.verifier], verify_ed25519)


def test_a_changed_text_is_refused() -> None:
    note = parse_note(signed("size 10\n", SIGNER).replace(b"10", b"11"))

    with pytest.raises(ValueError, match="is wrong"):
        verify(note, [SIGNER.verifier], verify_ed25519)


def test_sixteen_signatures_are_read_and_a_hundred_and_one_are_not() -> None:
    note = parse_note(signed("text\n", *[SIGNER] * 16))

    assert verify(note, [SIGNER.verifier], verify_ed25519) == (SIGNER.verifier,)
    with pytest.raises(ValueError, match="too many"):
        parse_note(signed("text\n", *[SIGNER] * 101))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\x07\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"text\r\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"text\n\n- a AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a b+c AAAAAAA=\n",
        b"text\n\n\xe2\x80\x94 a AAAAAA==\n",
        b"text\n\n\xe2\x80\x94 a AAAAAAA\n",
        b"text\n\n\xe2\x80\x94  AAAAAAA=\n",
        b"x" * (1 << 20) + b"\n\n\xe2\x80\x94 a AAAAAAA=\n",
    ],
)
def test_a_malformed_note_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"note|base64"):
        parse_note(data)


@pytest.mark.parametrize("text", ["no newline", "a tab\t\n", ""])
def test_a_text_that_no_note_can_carry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="text of a note"):
        make_note(text, [])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb"])
def test_a_name_that_no_note_can_carry_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name of a key"):
        verifier_key(name, bytes(32))


def test_a_private_key_is_read_as_it_was_written() -> None:
    text = private_key_text(SIGNER.name, b"\x01" * 32, SIGNER.public_key)

    assert text.startswith("PRIVATE+KEY+archive.example/log+")
    assert parse_private_key(text) == (SIGNER.name, SIGNER.verifier.key_id, b"\x01" * 32)


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+a", "PRIVATE+KEY+a+00000000+AA==", "a+00000000+AQ=="])
def test_a_malformed_private_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="private key"):
        parse_private_key(text)


@settings(deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=50))
def test_what_was_signed_is_what_is_verified(line: str) -> None:
    note = parse_note(signed(f"{line}\n", SIGNER))

    assert note.text == f"{line}\n"
    assert verify(note, [SIGNER.verifier], verify_ed25519) == (SIGNER.verifier,)
