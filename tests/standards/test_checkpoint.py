from pathlib import Path

import pytest

from preservation.adapters.signing import Ed25519Signer, verify_ed25519
from preservation.standards import merkle
from preservation.standards.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from preservation.standards.signed_note import make_note, parse_vkey

TESSERA_VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
# The entries of tessera's test log, spelt as there.
WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eit",
    "nain",
    "ten",
    "ileven",
    "twelf",
    "threeten",
    "fourten",
    "fivten",
]
EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_every_checkpoint_of_tesseras_log_verifies_and_has_the_root_of_its_entries(corpora: Path) -> None:
    log = corpora / "merkle-log" / "tessera-log"
    leaves = [merkle.leaf_hash(word.encode()) for word in WORDS]
    names = ["checkpoint", *(f"checkpoint.{size}" for size in range(16))]
    for name in names:
        checkpoint = open_checkpoint((log / name).read_bytes(), [parse_vkey(TESSERA_VKEY)], verify_ed25519)
        assert checkpoint.origin == "example.com/log/testdata"
        assert checkpoint.root == merkle.root_of_peaks(merkle.peaks(b"".join(leaves[: checkpoint.size])))
        assert name in {"checkpoint", f"checkpoint.{checkpoint.size}"}

    assert len(names) == 17


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    checkpoint = Checkpoint("archive.example/log", 12, merkle.leaf_hash(b"x"), ("an extension",))

    assert parse_checkpoint(checkpoint.text) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n",
        f"log\n0\n{EMPTY}",
        f"\n0\n{EMPTY}\n",
        f"log\n00\n{EMPTY}\n",
        f"log\n-1\n{EMPTY}\n",
        f"log\n1٣\n{EMPTY}\n",
        f"log\n{10**19}\n{EMPTY}\n",
        "log\n1\nAAAA\n",
        "log\n1\nnot base64\n",
        f"log\n0\n{'A' * 43}=\n",
        f"log\n1\n{EMPTY}\n\nmore\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="checkpoint"):
        parse_checkpoint(text)


def test_a_checkpoint_signed_under_another_name_than_its_origin_is_refused() -> None:
    signer = Ed25519Signer("witness.example", b"\x05" * 32)
    text = Checkpoint("archive.example/log", 1, merkle.leaf_hash(b"x")).text
    note = make_note(text, [(signer.verifier, signer.sign(text.encode()))])

    with pytest.raises(ValueError, match="no key of that name"):
        open_checkpoint(note.encode(), [signer.verifier], verify_ed25519)
