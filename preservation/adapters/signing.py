"""Ed25519 (RFC 8032) through `cryptography`, and the file that holds a key.

The file is one line, the private key text of Go's note package, readable by its owner alone. It never goes to a replica.
"""

import errno
import os
import stat
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from preservation.adapters.flushing import flush_folder
from preservation.errors import Conflict, NotHere, Unavailable, WrongUse
from preservation.standards.signed_note import VerifierKey, parse_private_key, private_key_text, verifier_key

_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MAX_BYTES = 4096
_PUBLIC_BYTES = 32


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature (64 bytes) over the message is by the holder of this key (32 bytes)."""
    if len(public_key) != _PUBLIC_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class Ed25519Signer:
    """ports.Signer with a key in memory, under the name that its notes carry. Safe to call from several threads."""

    def __init__(self, name: str, seed: bytes) -> None:
        """`seed` is the private key of RFC 8032, 32 bytes. ValueError for another length or a name that no note carries."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._verifier = verifier_key(name, self._key.public_key().public_bytes_raw())

    @property
    def public_key(self) -> bytes:
        return self._verifier.public_key

    @property
    def verifier(self) -> VerifierKey:
        """What others check with; its `text` is the vkey."""
        return self._verifier

    @property
    def name(self) -> str:
        return self._verifier.name

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def generate_key_file(path: Path, name: str) -> Ed25519Signer:
    """Make a key and keep it in a new file of mode 0600, durably. Conflict if the file is there, WrongUse for a bad name."""
    seed = Ed25519PrivateKey.generate().private_bytes_raw()
    try:
        signer = Ed25519Signer(name, seed)
    except ValueError as error:
        raise WrongUse(str(error)) from error
    text = private_key_text(name, seed, signer.public_key) + "\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
    except FileExistsError as error:
        raise Conflict(f"{path} is there already; a signing key is never overwritten") from error
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), _MODE)
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    flush_folder(path.parent)
    return signer


def load_key_file(path: Path) -> Ed25519Signer:
    """The key in a file.

    Raises NotHere without the file, WrongUse if others can read it, it is a link, or it holds no such key, Unavailable if it
    cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotHere(f"there is no signing key at {path}") from error
    except OSError as error:
        refused = WrongUse if error.errno == errno.ELOOP else Unavailable
        raise refused(f"the signing key {path} cannot be opened: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_mode & _OTHERS:
            raise WrongUse(f"the signing key {path} must be a file that its owner alone can read (mode 0600)")
        data = file.read(_MAX_BYTES + 1)
    try:
        name, key_id, seed = parse_private_key(data.decode("utf-8").strip())
        signer = Ed25519Signer(name, seed)
    except ValueError as error:
        raise WrongUse(f"{path} does not hold a signing key: {error}") from error
    if signer.verifier.key_id != key_id:
        raise WrongUse(f"the key id in {path} does not belong to its key")
    return signer
