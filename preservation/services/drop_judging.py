"""Whether what lies in a watched place is whole: settled, and said to be whole by a marker or a manifest that agrees."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import RawIOBase

from preservation.domain.digests import hasher
from preservation.domain.drops import DIGEST_MARKS, MARKER, Dropped, DroppedKind, DroppedState
from preservation.domain.findings import Finding, Severity
from preservation.domain.names import unescape
from preservation.domain.packages import PackageLimits
from preservation.ports import DropPlace, Progress
from preservation.standards.bagit.plan import looks_like_bag, plan_bag
from preservation.standards.digest_marks import promised_digest

_PIECE = 1 << 20
# A bag that lacks one of these may still be under way.
_LACKING = frozenset({"BAG-PAYLOAD-MISSING", "BAG-TAG-FILE-MISSING", "BAG-FETCH-MISSING"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """`state` is how it was seen. With `is_whole` it may be taken; else `finding` says what it waits for, None for time alone.

    `fingerprint` differs once anything does that the judgement rests on.
    """

    state: DroppedState
    fingerprint: str
    is_whole: bool = False
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class DropJudge:
    """Judges what lies in one place."""

    place: DropPlace
    settle: timedelta
    limits: PackageLimits
    progress: Progress

    def judge(self, dropped: Dropped, told: str | None) -> Judgement | None:
        """None if it is gone. `told` is the fingerprint of what a report says to be wanting: the same is not read again."""
        state = self.place.state(dropped, self.limits)
        if state is None:
            return None
        fingerprint = " ".join([state.fingerprint, *(f"{key}={dropped.marks[key]}" for key in sorted(dropped.marks))])
        if self.place.now() - state.changed < self.settle or fingerprint == told:
            return Judgement(state, fingerprint)
        if state.fault is not None:
            finding: Finding | None = _error(*state.fault)
        elif dropped.kind is DroppedKind.FOLDER:
            finding = self._folder(dropped, state)
        else:
            finding = self._file(dropped)
        return Judgement(state, fingerprint, is_whole=finding is None, finding=finding)

    def _file(self, dropped: Dropped) -> Finding | None:
        """A manifest that is there must agree, whatever a marker says."""
        if not dropped.marks:
            return _error("DROP-NO-MARKER", marker=dropped.name + MARKER)
        for ending, algorithm in DIGEST_MARKS.items():
            if ending in dropped.marks:
                finding = self._compared(dropped, ending, algorithm)
                if finding is not None:
                    return finding
        return None

    def _compared(self, dropped: Dropped, ending: str, algorithm: str) -> Finding | None:
        values = {"mark": dropped.name + ending, "algorithm": algorithm}
        promised = promised_digest(self.place.mark(dropped, ending) or b"", unescape(dropped.name), algorithm)
        if promised is None:
            return _error("DROP-DIGEST-UNREADABLE", **values)
        found = hasher(algorithm)
        with self.place.open(dropped, "") as stream:
            while piece := stream.read(_PIECE):
                found.update(piece)
                self.progress.advance(0)
        if found.digest() != promised:
            return _error("DROP-DIGEST-DIFFERS", **values, found=found.hexdigest())
        return None

    def _folder(self, dropped: Dropped, state: DroppedState) -> Finding | None:
        if MARKER in dropped.marks:
            return None
        if not looks_like_bag(state.files):
            return _error("DROP-NO-MARKER", marker=dropped.name + MARKER)
        return _unfinished_bag(state.files, lambda path: self.place.open(dropped, path), dropped.name, self.limits)


def _unfinished_bag(
    files: Mapping[str, int], opened: Callable[[str], RawIOBase], name: str, limits: PackageLimits
) -> Finding | None:
    """None once every file is there that the manifests name. What else is wrong with the bag is for its check to say."""
    plan = plan_bag(files, opened, max_tag_file_bytes=limits.max_tag_file_bytes)
    if not plan.algorithms:
        return _error("DROP-BAG-UNREADABLE", marker=name + MARKER)
    lacking = next((one.path for one in plan.findings if one.code in _LACKING), None)
    return None if lacking is None else _error("DROP-BAG-INCOMPLETE", lacking)


def _error(code: str, path: str = "", **values: str) -> Finding:
    return Finding(code, Severity.ERROR, path, values)
