"""Whether a second identification engine should be asked about a file, and what follows from its answer.

The first engine's answer stands wherever it rests on the file's content. The second's takes its place only where the first
had nothing but a name to go by; that is said in the answer's warning and as a finding, so that nothing is overridden
silently. Both answers are kept by whoever asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
class Comparison:
    """Which of two answers to prefer, and what to tell about it."""

    preferred: FormatIdentification
    finding: Finding | None


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


def compare(first: FormatIdentification, second: FormatIdentification, path: str = "") -> Comparison:
    """The first answer, unless it rests on no content and the second does.

    Answers that share a PUID agree. An answer that rests on a name alone contradicts nobody, nor does one that saw only the
    wrapping (a ZIP or an OLE2 file) where the first looked inside. Everything else is the finding FORMAT-DISAGREEMENT, or
    FORMAT-SECOND-OPINION where the second was preferred.
    """
    if not _rests_on_content(second) or set(_puids(first)) & set(_puids(second)):
        return Comparison(first, None)
    if first.basis is Basis.CONTAINER and second.basis is not Basis.CONTAINER:
        return Comparison(first, None)
    if _rests_on_content(first):
        return Comparison(
            _with_warning(first, f"{second.engine} {second.engine_version} says {_listed(second)}"),
            _finding("FORMAT-DISAGREEMENT", Severity.WARNING, path, first, second),
        )
    return Comparison(
        _with_warning(second, f"{first.engine} {first.engine_version} says {_listed(first)}, by {first.basis}"),
        _finding("FORMAT-SECOND-OPINION", Severity.INFO, path, first, second),
    )


def preferred(first: FormatIdentification, second: FormatIdentification) -> FormatIdentification:
    """The answer that `compare` prefers; its warning tells what the other engine says where they differ."""
    return compare(first, second).preferred


def judge(path: str, first: FormatIdentification | None, second: FormatIdentification | str) -> ReviewedFile:
    """Two answers about a file, put side by side; neither is changed."""
    if isinstance(second, str):
        return ReviewedFile(path, first, second, Verdict.FAILED, None)
    finding = compare(first or _NO_ANSWER, second, path).finding
    if finding is not None:
        verdict = Verdict.DISAGREED if finding.severity is Severity.WARNING else Verdict.SUPPLIED
    elif first is not None and set(_puids(first)) & set(_puids(second)):
        verdict = Verdict.AGREED
    else:
        verdict = Verdict.UNDECIDED
    return ReviewedFile(path, first, second, verdict, finding)


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


def _with_warning(answer: FormatIdentification, said: str) -> FormatIdentification:
    return replace(answer, warning="; ".join(filter(None, (answer.warning, said))))


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
