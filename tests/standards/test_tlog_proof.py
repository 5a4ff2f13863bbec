import pytest

from preservation.adapters.signing import Ed25519Signer, verify_ed25519
from preservation.standards import merkle
from preservation.standards.checkpoint import Checkpoint
from preservation.standards.signed_note import make_note
from preservation.standards.tlog_proof import TlogProof, parse_proof, verify_proof

SIGNER = Ed25519Signer("archive.example/log", b"\x09" * 32)
LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(11)]


def node(height: int, index: int) -> bytes:
    return merkle.perfect_root(b"".join(LEAVES[index << height : (index + 1) << height]))


def proof_of(index: int, extra: bytes | None = None) -> TlogProof:
    root = merkle.root_of_peaks(merkle.peaks(b"".join(LEAVES)))
    text = Checkpoint(SIGNER.name, len(LEAVES), root).text
    note = make_note(text, [(SIGNER.verifier, SIGNER.sign(text.encode()))])
    return TlogProof(index, tuple(merkle.inclusion_proof(node, index, len(LEAVES))), note.encode(), extra)


@pytest.mark.parametrize("index", range(11))
@pytest.mark.parametrize("extra", [None, b"", b"more"])
def test_a_proof_is_read_as_it_was_written_and_verifies(index: int, extra: bytes | None) -> None:
    proof = parse_proof(proof_of(index, extra).text)

    assert proof == proof_of(index, extra)
    assert verify_proof(proof, LEAVES[index], [SIGNER.verifier], verify_ed25519).size == 11


def test_the_text_has_the_lines_of_the_specification() -> None:
    lines = proof_of(3, b"agent").text.split("\n")

    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra YWdlbnQ=", "index 3"]
    assert lines[7:9] == ["", "archive.example/log"]


def test_another_leaf_is_not_proved() -> None:
    with pytest.raises(ValueError, match="not at this place"):
        verify_proof(proof_of(3), LEAVES[4], [SIGNER.verifier], verify_ed25519)


def test_a_checkpoint_by_another_key_proves_nothing() -> None:
    other = Ed25519Signer(SIGNER.name, b"\x08" * 32)

    with pytest.raises(ValueError, match="no known key"):
        verify_proof(proof_of(3), LEAVES[3], [other.verifier], verify_ed25519)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"),
        ("index 3", "index 03"),
        ("index 3", "index -3"),
        ("index 3\n", ""),
        ("index 3", "index 3\nAAAA"),
        ("index 3", "index 3\n!"),
        ("index 3", "extra !\nindex 3"),
        ("\n\narchive", "\narchive"),
        ("index 3", "index 3" + "\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" * 64),
        ("index 3", "index 3" + "\n" * (2 << 20)),
    ],
)
def test_a_malformed_proof_is_refused(old: str, new: str) -> None:
    with pytest.raises(ValueError, match="proof"):
        parse_proof(proof_of(3).text.replace(old, new, 1))
