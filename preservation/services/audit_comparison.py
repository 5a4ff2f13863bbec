"""One replica's ledger files against what they must be, and the list of what was found."""

from collections.abc import Iterable

from preservation.domain.findings import Finding, Severity
from preservation.errors import ReplicaAway, Unavailable
from preservation.ports import ReplicaStore
from preservation.services.ledger_files import LEDGER_FOLDER, TEXTS_FOLDER, GroupFiles
from preservation.services.ledger_leftovers import Leftover, leftovers, strangers
from preservation.services.ledger_publishing import read_cold

MAX_FINDINGS = 10_000
_UNREAD = frozenset({"LEDGER-REPLICA-AWAY", "LEDGER-FILE-UNREADABLE"})


class Problems:
    """Findings, bounded: after 10,000 only the fact that there are more is kept."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.has_errors = False
        self.is_complete = True

    def extend(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.has_errors |= finding.is_error
            self.is_complete &= finding.code not in _UNREAD
            if len(self.findings) < MAX_FINDINGS:
                self.findings.append(finding)
            elif len(self.findings) == MAX_FINDINGS:
                self.findings.append(Finding("LEDGER-MORE", Severity.ERROR, "", {"count": str(MAX_FINDINGS)}))

    def error(self, code: str, *, path: str = "", **values: str) -> None:
        self.extend([Finding(code, Severity.ERROR, path, values)])

    def warning(self, code: str, *, path: str = "", **values: str) -> None:
        self.extend([Finding(code, Severity.WARNING, path, values)])

    def info(self, code: str, **values: str) -> None:
        self.extend([Finding(code, Severity.INFO, "", values)])


class ReplicaComparison:
    """Sees each group of files of a tree in order; `finish` tells what the replica has otherwise."""

    def __init__(self, store: ReplicaStore, size: int, *, with_texts: bool = True) -> None:
        """`size` is that of the tree that the replica shows. Without `with_texts` the texts are not looked at."""
        self._store = store
        self._size = size
        self._with_texts = with_texts
        self._expected: set[str] = set()
        self._problems = Problems()
        self._wrong: set[str] = set()
        self._open: dict[str, bytes] = {}
        self._is_away = False

    def compare(self, group: GroupFiles) -> None:
        for key, data in group.tiles:
            self._expected.add(key)
            if ".p/" in key:
                self._open[key] = data
            self._compare(key, data, "LEDGER-BUNDLE-DIFFERS" if "/entries/" in key else "LEDGER-TILE-DIFFERS")
        for key, data in group.texts:
            self._expected.add(key)
            if self._with_texts:
                self._compare(key, data, "LEDGER-TEXT-DIFFERS")

    def finish(self) -> list[Finding]:
        if not self._is_away:
            try:
                self._look_around()
            except Unavailable as error:
                self._away(error)
        return self._problems.findings

    def _look_around(self) -> None:
        keys = [key for folder in (LEDGER_FOLDER, TEXTS_FOLDER) for key, _ in self._store.list(folder)]
        for leftover in leftovers(keys, self._expected, self._size):
            if leftover.whole in self._open or leftover.whole not in self._wrong:
                self._compare(leftover.key, self._part(leftover), "LEDGER-TILE-DIFFERS")
        for key in strangers(keys, self._expected, self._size):
            self._problems.warning("LEDGER-STRANGER", path=key, replica=self._store.id)

    def _part(self, leftover: Leftover) -> bytes:
        held = self._open.get(leftover.whole)
        return leftover.cut(self._store.read(leftover.whole) if held is None else held)

    def _compare(self, key: str, data: bytes, code: str) -> None:
        if self._is_away:
            return
        try:
            found = read_cold(self._store, key)
        except ReplicaAway as error:
            self._away(error)
            return
        except Unavailable as error:
            self._wrong.add(key)
            self._problems.warning("LEDGER-FILE-UNREADABLE", path=key, replica=self._store.id, reason=str(error))
            return
        if found != data:
            self._wrong.add(key)
            self._problems.error("LEDGER-FILE-MISSING" if found is None else code, path=key, replica=self._store.id)

    def _away(self, error: Unavailable) -> None:
        self._is_away = True
        self._problems.warning("LEDGER-REPLICA-AWAY", replica=self._store.id, reason=str(error))
