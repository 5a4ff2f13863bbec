"""From FIDO's matches to the domain's words.

FIDO adds formats of its own to PRONOM's (`fido-fmt/189.word`). They are no PUIDs: they never become one, their name is used
where there is nothing else, and the warning names them. Several matches by extension alone are a guess among many, so that
none of them is preferred: `puid` stays None and all are alternatives.
"""

from collections.abc import Sequence
from typing import Final

from preservation.adapters.format_identification.fido import ENGINE
from preservation.adapters.format_identification.fido_engine import FidoMatch
from preservation.adapters.format_identification.puids import is_puid
from preservation.domain.formats import Basis, FormatIdentification

_BASES: Final = {
    "container": Basis.CONTAINER,
    "signature": Basis.BYTE,
    "extension": Basis.EXTENSION,
    "": Basis.NONE,
}


def answer_from(
    kind: str, matches: Sequence[FidoMatch], warning: str, *, version: str, signatures: str
) -> FormatIdentification:
    """`kind` and `matches` are those of FidoEngine.examine."""
    unique = list({match.identifier: match for match in matches}.values())
    official = [match for match in unique if is_puid(match.identifier)]
    own = [match for match in unique if not is_puid(match.identifier)]
    shown = (official or own or [_NOTHING])[0]
    warnings = [warning, *(f"{match.identifier} is not a PUID" for match in own)]
    guessed = kind == "extension" and len(official) > 1
    if guessed:
        shown = _NOTHING
        warnings.append("several formats have this extension")
    puids = [match.identifier for match in official]
    return FormatIdentification(
        puid=puids[0] if puids and not guessed else None,
        name=shown.name,
        version=shown.version,
        mime=shown.mime,
        basis=_BASES[kind],
        engine=ENGINE,
        engine_version=version,
        signatures=signatures,
        alternatives=tuple(puids if guessed else puids[1:]),
        warning="; ".join(filter(None, warnings)),
    )


_NOTHING: Final = FidoMatch(identifier="", name="", version="", mime="")
