"""The language of sentences in answers."""

from typing import Annotated

from fastapi import Header

from preservation.domain.messages import LANGUAGES

AcceptLanguage = Annotated[
    str | None, Header(max_length=200, description="`vi` or `en`; English if neither is asked for.")
]


def language(wanted: str | None) -> str:
    """The first of ours that is named (RFC 9110, 12.5.4; weights are passed over, since people list what they prefer first)."""
    for part in (wanted or "").split(","):
        tag = part.split(";")[0].strip().lower().split("-")[0]
        if tag in LANGUAGES:
            return tag
    return LANGUAGES[0]
