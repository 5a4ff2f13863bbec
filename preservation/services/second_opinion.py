"""Whether a second identification engine should be asked about a file, and what follows from its answer.

The first engine's answer stands wherever it rests on the file's content. The second's counts for more only where the first
had nothing but a name to go by; that is said as a verdict and as a finding, so that nothing is overridden silently. Both
answers are kept by whoever asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from preservation.domain.findings import Finding, Severity
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.policies import SecondOpinion

_WEAK = (Basis.EXTENSION, Basis.NONE)
_NO_ANSWER = FormatIdentification(
    puid=None, name="", version="", mime="", basis=Basis.NONE, engine="ingest", engine_version="", signatures=""
)
"""Stands in for the first answer of a file that came in without: the engine failed, or nobody was asked."""


class Verdict(StrEnum):
    """What a second answer comes to. AGREED: they share a PUID. DISAGREED: the contents are seen differently.

    SUPPLIED: the second knows from the content what the first did not. UNDECIDED: the second has nothing to add.
    FAILED: the second engine could not tell.
    """

    AGREED = "agreed"
    DISAGREED = "disagreed"
    SUPPLIED = "supplied"
    UNDECIDED = "undecided"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReviewedFile:
    """Both answers about a file, side by side. `first` is None where no engine had one; a sentence says why the second failed."""

    path: str
    first: FormatIdentification | None
    second: FormatIdentification | str
    verdict: Verdict
    finding: Finding | None


def is_doubtful(answer: FormatIdentification) -> bool:
    """Whether the engine found nothing, went by the extension alone, or found several."""
    return answer.puid is None or answer.basis in _WEAK or bool(answer.alternatives)


def asks_about(setting: SecondOpinion) -> Callable[[FormatIdentification], bool]:
    """The rule behind a setting: whether a file with this first answer is given to the second engine."""
    match setting:
        case SecondOpinion.NEVER:
            return _never
        case SecondOpinion.DOUBTFUL:
            return is_doubtful
        case SecondOpinion.ALWAYS:
            return _always


def judge(path: str, first: FormatIdentification | None, second: FormatIdentification | str) -> ReviewedFile:
    """Two answers about a file, put side by side; neither is changed.

    Answers that share a PUID agree. An answer that rests on a name alone contradicts nobody, nor does one that saw only the
    wrapping (a ZIP or an OLE2 file) where the first looked inside. Everything else is the finding FORMAT-DISAGREEMENT, or
    FORMAT-SECOND-OPINION where the first had no content to go by.
    """
    if isinstance(second, str):
        return ReviewedFile(path, first, second, Verdict.FAILED, None)
    known = first or _NO_ANSWER
    if set(_puids(known)) & set(_puids(second)):
        return ReviewedFile(path, first, second, Verdict.AGREED, None)
    if not _rests_on_content(second) or (known.basis is Basis.CONTAINER and second.basis is not Basis.CONTAINER):
        return ReviewedFile(path, first, second, Verdict.UNDECIDED, None)
    if _rests_on_content(known):
        finding = _finding("FORMAT-DISAGREEMENT", Severity.WARNING, path, known, second)
        return ReviewedFile(path, first, second, Verdict.DISAGREED, finding)
    finding = _finding("FORMAT-SECOND-OPINION", Severity.INFO, path, known, second)
    return ReviewedFile(path, first, second, Verdict.SUPPLIED, finding)


def _never(_answer: FormatIdentification) -> bool:
    return False


def _always(_answer: FormatIdentification) -> bool:
    return True


def _rests_on_content(answer: FormatIdentification) -> bool:
    return answer.puid is not None and answer.basis not in _WEAK


def _puids(answer: FormatIdentification) -> Sequence[str]:
    return ((answer.puid,) if answer.puid else ()) + answer.alternatives


def _listed(answer: FormatIdentification) -> str:
    return ", ".join(_puids(answer)) or "nothing"


def _finding(
    code: str, severity: Severity, path: str, first: FormatIdentification, second: FormatIdentification
) -> Finding:
    return Finding(
        code,
        severity,
        path,
        {
            "first_engine": f"{first.engine} {first.engine_version}".strip(),
            "first": _listed(first),
            "second_engine": f"{second.engine} {second.engine_version}",
            "second": _listed(second),
        },
    )
