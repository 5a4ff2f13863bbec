"""Findings as sentences, in English and Vietnamese.

Each area keeps its own catalogue, `messages_<area>.MESSAGES`: from code to (English, Vietnamese), in which `{path}` and the
finding's values are placeholders. A new area is one more module and one more line here; a test holds all of it together.
"""

import re
import unicodedata
from collections.abc import Mapping

from preservation.domain import (
    messages_access,
    messages_agreements,
    messages_alarms,
    messages_bagit,
    messages_documents,
    messages_drops,
    messages_examination,
    messages_formats,
    messages_ledger,
    messages_ocfl,
    messages_packages,
    messages_people,
)
from preservation.domain.findings import Finding

Texts = Mapping[str, tuple[str, str]]

CATALOGUES: tuple[Texts, ...] = (
    messages_access.MESSAGES,
    messages_agreements.MESSAGES,
    messages_alarms.MESSAGES,
    messages_bagit.MESSAGES,
    messages_documents.MESSAGES,
    messages_drops.MESSAGES,
    messages_examination.MESSAGES,
    messages_formats.MESSAGES,
    messages_ledger.MESSAGES,
    messages_ocfl.MESSAGES,
    messages_packages.MESSAGES,
    messages_people.MESSAGES,
)
LANGUAGES = ("en", "vi")

MAX_VALUE = 400

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def texts(code: str) -> tuple[str, str] | None:
    """The code's sentences with their placeholders, None for an unknown code."""
    return next((catalogue[code] for catalogue in CATALOGUES if code in catalogue), None)


def render(finding: Finding, language: str = "en") -> str:
    """The finding as one line for a person. An unknown code gives the code and its values; an unknown language English.

    Values come from hostile packages: control and formatting characters (Unicode Cc, Cf, Zl, Zp) are shown as escapes, so
    that a name can neither break the line nor drive a terminal.
    """
    found = texts(finding.code)
    if found is None:
        return " ".join([finding.code, *(f"{key}={visible(value)}" for key, value in finding.values.items())])
    sentence = found[LANGUAGES.index(language)] if language in LANGUAGES else found[0]
    values = {"path": finding.path, **finding.values}
    return _PLACEHOLDER.sub(lambda match: visible(values.get(match.group(1), "?")), sentence)


def visible(text: str) -> str:
    """Text that shows what it holds, on one line, cut where it is longer than a person reads."""
    shown = text if text.isascii() and text.isprintable() else "".join(_shown(character) for character in text)
    return shown if len(shown) <= MAX_VALUE else f"{shown[:MAX_VALUE]}…"


def _shown(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"
    return character
