"""What a server was found to do, whatever it says of itself."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

FORMAT = "preservation s3 abilities 1"


@dataclass(frozen=True, slots=True)
class Abilities:
    """`create_only` and `replace_if`: conditional writes; `complete_only`: the same where an upload in parts is completed.

    `checks_arrival`: bytes that are not what their Content-MD5 says are refused. `versioned`: a deletion leaves a marker.
    `locks`: the bucket has object lock. `bare_etags`: a condition must name an ETag without the quotes that HTTP wants (RFC 9110,
    13.1.1), as Ceph 16 compares it.
    """

    create_only: bool = False
    replace_if: bool = False
    complete_only: bool = False
    checks_arrival: bool = False
    versioned: bool = False
    locks: bool = False
    bare_etags: bool = False

    def to_bytes(self) -> bytes:
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True).encode() + b"\n"

    @property
    def shortcomings(self) -> Sequence[str]:
        """What has to be done without, one word each; a server that has none of these is as good as a folder."""
        lacking = {
            "no-create-only": self.create_only,
            "no-replace-if": self.replace_if,
            "no-complete-only": self.complete_only,
            "no-arrival-check": self.checks_arrival,
            "no-versioning": self.versioned,
            "no-object-lock": self.locks,
        }
        return [word for word, is_there in lacking.items() if not is_there]


def parse_abilities(data: bytes) -> Abilities | None:
    """What was found before; None for what is not such a record."""
    try:
        values = json.loads(data)
        if values["format"] != FORMAT:
            return None
        return Abilities(**{name: values[name] is True for name in Abilities.__slots__})
    except (ValueError, KeyError, TypeError):
        return None
