"""What the names mean that a virus scanner gives."""

from typing import Final

UNSCANNED: Final = ("Heuristics.Encrypted.", "Heuristics.Limits.Exceeded")
"""How ClamAV's names begin for what it could not look into: content with a password, and what is beyond a limit."""


def is_unscanned(name: str) -> bool:
    """Whether a name says that something could not be looked into, rather than what was found in it.

    Such a file is neither clean nor infected; whether it is taken in is the archive's decision.
    """
    return name.startswith(UNSCANNED)
