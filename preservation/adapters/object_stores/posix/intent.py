"""What a transaction is about, written beside its staged files before anything else: what recovery reads after a crash."""

import json
import re
from dataclasses import asdict, dataclass

from preservation.adapters.object_stores.posix.keys import checked

NAME = "intent.json"
_DIGEST = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class Intent:
    """A version on its way. `base` and `new` are SHA-512 hex of root inventories; `new` is None until everything is sealed."""

    object_root: str
    version: int
    base: str | None
    new: str | None

    @property
    def is_sealed(self) -> bool:
        """Whether it may have been placed: nothing is before it is sealed."""
        return self.new is not None

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()


def parse(data: bytes) -> Intent | None:
    """The intent, or None where a crash cut it off while it was being written (then nothing else had happened)."""
    try:
        values = json.loads(data)
        return Intent(
            object_root=checked(values["object_root"]),
            version=_version(values["version"]),
            base=_digest(values["base"]),
            new=_digest(values["new"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _version(value: object) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"not a version: {value!r}")
    return value


def _digest(value: object) -> str | None:
    if value is None or (isinstance(value, str) and _DIGEST.fullmatch(value)):
        return value
    raise ValueError(f"not a SHA-512 digest: {value!r}")
