import json
import os
import stat
from pathlib import Path

import pytest

from preservation.adapters.signing import Ed25519Signer, generate_key_file, load_key_file, verify_ed25519
from preservation.errors import Conflict, NotHere, Unavailable, WrongUse

ORIGIN = "archive.example/log"


def test_the_verdicts_of_wycheproof_are_ours(corpora: Path) -> None:
    groups = json.loads((corpora / "crypto-vectors" / "wycheproof" / "ed25519_test.json").read_text())["testGroups"]
    judged: dict[int, bool] = {}
    for group in groups:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            accepted = verify_ed25519(key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            judged[case["tcId"]] = accepted is (case["result"] == "valid")

    assert [case for case, is_right in judged.items() if not is_right] == []
    assert len(judged) == 151


def test_a_key_of_another_length_verifies_nothing() -> None:
    assert not verify_ed25519(b"short", b"message", bytes(64))


def test_a_key_comes_back_from_its_file(tmp_path: Path) -> None:
    made = generate_key_file(tmp_path / "key", ORIGIN)
    loaded = load_key_file(tmp_path / "key")

    assert loaded.public_key == made.public_key
    assert loaded.verifier == made.verifier
    assert loaded.name == ORIGIN
    assert verify_ed25519(made.public_key, b"message", loaded.sign(b"message"))
    assert not verify_ed25519(made.public_key, b"another", loaded.sign(b"message"))


def test_only_the_owner_can_read_the_file_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        generate_key_file(tmp_path / "key", ORIGIN)
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert (tmp_path / "key").read_text().startswith("PRIVATE+KEY+archive.example/log+")


def test_two_keys_are_never_the_same(tmp_path: Path) -> None:
    assert generate_key_file(tmp_path / "1", ORIGIN).public_key != generate_key_file(tmp_path / "2", ORIGIN).public_key


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    generate_key_file(tmp_path / "key", ORIGIN)
    before = (tmp_path / "key").read_bytes()

    with pytest.raises(Conflict):
        generate_key_file(tmp_path / "key", ORIGIN)
    assert (tmp_path / "key").read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    generate_key_file(tmp_path / "key", ORIGIN)
    (tmp_path / "key").chmod(mode)

    with pytest.raises(WrongUse, match="0600"):
        load_key_file(tmp_path / "key")


def test_a_link_to_a_key_is_refused(tmp_path: Path) -> None:
    generate_key_file(tmp_path / "key", ORIGIN)
    (tmp_path / "link").symlink_to(tmp_path / "key")

    with pytest.raises(WrongUse):
        load_key_file(tmp_path / "link")
    with pytest.raises(NotHere):
        load_key_file(tmp_path / "nothing")


def test_a_key_that_cannot_be_opened_is_no_wrong_key(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened"):
        load_key_file(tmp_path / ("x" * 300))


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)

    with pytest.raises(WrongUse):
        load_key_file(tmp_path / "pipe")


@pytest.mark.parametrize("text", ["", "nonsense", "PRIVATE+KEY+a+00000000+AQ==", "\xff", "x" * 10_000])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_bytes(text.encode("latin-1"))
    (tmp_path / "key").chmod(0o600)

    with pytest.raises(WrongUse, match="does not hold"):
        load_key_file(tmp_path / "key")


def test_a_key_under_anothers_id_is_refused(tmp_path: Path) -> None:
    generate_key_file(tmp_path / "key", ORIGIN)
    text = (tmp_path / "key").read_text()
    (tmp_path / "key").write_text(text.replace(ORIGIN, "other.example"))

    with pytest.raises(WrongUse, match="key id"):
        load_key_file(tmp_path / "key")


def test_a_name_that_no_note_carries_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(WrongUse):
        generate_key_file(tmp_path / "key", "a name with spaces")
    assert not (tmp_path / "key").exists()


def test_signatures_are_those_of_rfc_8032() -> None:
    """RFC 8032, 7.1, test 1."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    signer = Ed25519Signer(ORIGIN, seed)

    assert signer.public_key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert signer.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")
