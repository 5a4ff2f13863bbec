"""C2SP signed-note 1.0: a text, and lines that sign it. Keys here are Ed25519 (type 0x01); other signatures are carried along."""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

ED25519 = 0x01
MAX_SIGNATURES = 100
MAX_NOTE_BYTES = 1 << 20
_DASH = "— "
_ED25519_PUBLIC_BYTES = 32
_PRIVATE_PREFIX = "PRIVATE+KEY+"

# (public key, message, signature) -> whether the signature is right. RFC 8032; adapters.signing has one.
SignatureCheck = Callable[[bytes, bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key by which notes are believed. `key_id` is 4 bytes, `public_key` 32."""

    name: str
    key_id: bytes
    public_key: bytes

    @property
    def text(self) -> str:
        """The vkey: `<name>+<key id in hex>+<base64 of type and key>`."""
        return f"{self.name}+{self.key_id.hex()}+{_b64(bytes([ED25519]) + self.public_key)}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line, decoded."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note. Nothing in `text` may be believed before `verify` has accepted it."""

    text: str
    signatures: tuple[NoteSignature, ...]


def is_key_name(name: str) -> bool:
    """Not empty, no Unicode space, no plus, no control character."""
    return bool(name) and "+" not in name and not any(c.isspace() or ord(c) < 0x20 for c in name)


def key_id(name: str, public_key: bytes, *, kind: int = ED25519) -> bytes:
    """The first four bytes of SHA-256(name, newline, type, key)."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> VerifierKey:
    """The key under its name. ValueError for a name that a note cannot carry, or a key of another length."""
    if not is_key_name(name):
        raise ValueError(f"{name!r} cannot be the name of a key")
    if len(public_key) != _ED25519_PUBLIC_BYTES:
        raise ValueError("an Ed25519 public key has 32 bytes")
    return VerifierKey(name, key_id(name, public_key), public_key)


def parse_vkey(text: str) -> VerifierKey:
    """Read a vkey. ValueError where it is malformed, its id is not its key's, or the key is not an Ed25519 one."""
    name, _, rest = text.partition("+")
    id_text, _, key_text = rest.partition("+")
    data = _unb64(key_text)
    if not data or data[0] != ED25519:
        raise ValueError("the verifier key is not an Ed25519 one")
    key = verifier_key(name, data[1:])
    if id_text != key.key_id.hex():
        raise ValueError("the verifier key's id does not belong to it")
    return key


def private_key_text(name: str, seed: bytes, public_key: bytes) -> str:
    """`PRIVATE+KEY+<name>+<id>+<base64 of type and seed>`, as Go's note package writes it."""
    return f"{_PRIVATE_PREFIX}{name}+{key_id(name, public_key).hex()}+{_b64(bytes([ED25519]) + seed)}"


def parse_private_key(text: str) -> tuple[str, bytes, bytes]:
    """(name, key id, seed of 32 bytes). ValueError where it is malformed; the caller compares the id with the key."""
    if not text.startswith(_PRIVATE_PREFIX):
        raise ValueError("this is not a private key of a signed note")
    parts = text[len(_PRIVATE_PREFIX) :].split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]) or len(parts[1]) != 8:
        raise ValueError("the private key is malformed")
    data = _unb64(parts[2])
    if len(data) != 1 + _ED25519_PUBLIC_BYTES or data[0] != ED25519:
        raise ValueError("the private key is not an Ed25519 one")
    return parts[0], bytes.fromhex(parts[1]), data[1:]


def make_note(text: str, signatures: Iterable[tuple[VerifierKey, bytes]]) -> str:
    """A note from a text and (key, signature over the text's UTF-8 bytes). ValueError for a text that no note can carry."""
    if not text.endswith("\n") or _has_control(text):
        raise ValueError("the text of a note ends with a newline and has no other control character")
    lines = "".join(f"{_DASH}{key.name} {_b64(key.key_id + signature)}\n" for key, signature in signatures)
    return f"{text}\n{lines}"


def parse_note(data: bytes) -> Note:
    """Read a note. ValueError where it is malformed or too large."""
    if len(data) > MAX_NOTE_BYTES:
        raise ValueError("the note is too large")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError("the note is not UTF-8") from error
    if _has_control(whole):
        raise ValueError("the note has a control character")
    text, separator, block = whole.rpartition("\n\n")
    if not separator or not block.endswith("\n"):
        raise ValueError("the note has no signatures")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise ValueError("the note has too many signatures")
    return Note(text + "\n", tuple(_signature(line) for line in lines))


def verify(note: Note, keys: Sequence[VerifierKey], check: SignatureCheck) -> tuple[VerifierKey, ...]:
    """The known keys that signed. Signatures by unknown keys are passed over.

    ValueError if a known key's signature is wrong, or no known key signed.
    """
    known = {(key.name, key.key_id): key for key in keys}
    message = note.text.encode()
    verified: dict[tuple[str, bytes], VerifierKey] = {}
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is None or (line.name, line.key_id) in verified:
            continue
        if not check(key.public_key, message, line.signature):
            raise ValueError(f"the signature by {key.name}+{key.key_id.hex()} is wrong")
        verified[line.name, line.key_id] = key
    if not verified:
        raise ValueError("no known key signed the note")
    return tuple(verified.values())


def _signature(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not is_key_name(name):
        raise ValueError("the note has a line that is not a signature")
    data = _unb64(encoded)
    if len(data) <= 4:
        raise ValueError("a signature of the note is too short")
    return NoteSignature(name, data[:4], data[4:])


def _has_control(text: str) -> bool:
    return any(c < " " and c != "\n" for c in text)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64") from error
    if _b64(data) != text:
        raise ValueError("not canonical base64")
    return data
