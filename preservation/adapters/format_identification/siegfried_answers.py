"""Siegfried's answers in the domain's words.

Its results are those of `sf -json` (siegfried 1.11): for each file `errors` and `matches`, for each match `id`, `format`,
`version`, `mime`, `basis` and `warning`, `UNKNOWN` standing for no match.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from preservation.adapters.format_identification.puids import is_puid
from preservation.domain.formats import Basis, FormatIdentification

ENGINE: Final = "siegfried"

_BASES: Final = (
    ("container ", Basis.CONTAINER),
    ("byte match", Basis.BYTE),
    ("xml match", Basis.XML),
    ("text match", Basis.TEXT),
    ("extension match", Basis.EXTENSION),
    ("glob match", Basis.EXTENSION),
)
_RELEASE: Final = re.compile(r"DROID_SignatureFile_(V[0-9]+)")
_CONTAINERS: Final = re.compile(r"container-signature-([0-9]{4})([0-9]{2})([0-9]{2})")


def signatures_of(details: str) -> str:
    """`PRONOM V125, containers 2026-01-19` from the header's list of signature files; the list itself where it names others.

    What a database was built with beside these ("max BOF 65536", its own extensions) follows as siegfried says it.
    """
    release = _RELEASE.search(details)
    containers = _CONTAINERS.search(details)
    if release is None:
        return details
    dated = f", containers {'-'.join(containers.groups())}" if containers else ""
    others = [part for part in details.split("; ") if not _RELEASE.match(part) and not _CONTAINERS.match(part)]
    return "; ".join((f"PRONOM {release.group(1)}{dated}", *others))


def basis_of(text: str) -> Basis:
    """The strongest of the bases that siegfried names; NONE for an empty text."""
    for words, basis in _BASES:
        if words in text:
            return basis
    return Basis.EXTENSION if text else Basis.NONE


def answer_from(
    file: Mapping[str, Any], *, namespace: str, version: str, signatures: str
) -> FormatIdentification | str:
    """One file's result. Matches of other identifiers than `namespace` are left out.

    A file with an error but no match gets a sentence; the error beside a match (a ZIP cut short, an empty file) is a warning.
    """
    matches: Sequence[Mapping[str, str]] = [match for match in file["matches"] if match["ns"] == namespace]
    error = file["errors"].replace(file["filename"], "the file").strip()
    if not matches:
        return f"Siegfried could not read the file: {error or 'no reason given'}."
    best = min(matches, key=lambda match: _RANK[basis_of(match["basis"])])
    warnings = [error, *dict.fromkeys(match["warning"] for match in matches)]
    identifiers = dict.fromkeys((best["id"], *(match["id"] for match in matches)))
    puids = [identifier for identifier in identifiers if is_puid(identifier)]
    warnings += [f"{each} is not a PUID" for each in identifiers if each != "UNKNOWN" and not is_puid(each)]
    return FormatIdentification(
        puid=puids[0] if puids else None,
        name=best["format"],
        version=best["version"],
        mime=best["mime"],
        basis=basis_of(best["basis"]),
        engine=ENGINE,
        engine_version=version,
        signatures=signatures,
        alternatives=tuple(puids[1:]),
        warning="; ".join(filter(None, warnings)),
    )


_RANK: Final = {basis: rank for rank, basis in enumerate(Basis)}
