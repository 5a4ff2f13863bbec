"""Secrets that this program makes: shown or sent once, kept as digests."""

import base64
import re
from hashlib import sha256
from hmac import compare_digest, new

TOKEN_PREFIX = "pat_"  # noqa: S105 - what every token begins with, so that scanners of leaked secrets find them
SECRET_BYTES = 32

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}\Z")
# Letters and digits that cannot be taken for one another when somebody reads them out.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 5, 5
_DEVICE = b"pres/device/v1\x00"


def secret_text(random: bytes) -> str:
    """32 unpredictable bytes as 43 characters of base64url."""
    return base64.urlsafe_b64encode(random).decode().rstrip("=")


def digest_of(secret: str) -> bytes | None:
    """What is kept of a secret: its SHA-256. None for a text that cannot be one. It needs no salt: nobody can guess it."""
    return sha256(secret.encode()).digest() if _SECRET.match(secret.removeprefix(TOKEN_PREFIX)) else None


def one_time_password(random: bytes) -> str:
    """A password to be read out once: five groups of five of 31 characters, 123 bits. 32 unpredictable bytes are its source."""
    value = int.from_bytes(random)
    found = []
    for _ in range(_GROUPS * _GROUP):
        value, place = divmod(value, len(_READABLE))
        found.append(_READABLE[place])
    return "-".join("".join(found[at : at + _GROUP]) for at in range(0, len(found), _GROUP))


def device_mark(random: bytes, password: str) -> str:
    """What a browser keeps after a sign-in, to be known again: it proves that somebody there knew this (hashed) password.

    Void once the password is another. It opens nothing: it only spares its holder the waits that strangers cause.
    """
    nonce = secret_text(random)
    return f"{nonce}.{_proof(nonce, password)}"


def is_device_mark(mark: str, password: str) -> bool:
    nonce, _, proof = mark.partition(".")
    return bool(_SECRET.match(nonce)) and compare_digest(proof.encode(), _proof(nonce, password).encode())


def _proof(nonce: str, password: str) -> str:
    return secret_text(new(password.encode(), _DEVICE + nonce.encode(), "sha256").digest())
