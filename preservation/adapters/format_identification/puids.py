"""Which identifiers are PRONOM's."""

import re
from typing import Final

_PUID: Final = re.compile(r"(?:x-)?fmt/[0-9]+")


def is_puid(identifier: str) -> bool:
    """Whether PRONOM gives out identifiers of this form; engines add some of their own, such as `fido-fmt/189.word`."""
    return _PUID.fullmatch(identifier) is not None
