"""The Dublin Core of an AIP that is held, read from its descriptive files as received: what a rebuild does for search."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import RawIOBase
from operator import attrgetter

from preservation.domain.findings import Finding
from preservation.domain.holdings import StoredFile
from preservation.domain.packages import PackageFile, PackageLimits
from preservation.services.submission import examine

Open = Callable[[str], RawIOBase]


@dataclass(frozen=True, slots=True)
class _HeldPackage:
    """The submission as it stands in the AIP (ports.PackageReader). A file's handle is its logical path."""

    files: Sequence[PackageFile]
    open_file: Open
    name: str = "held"
    carrier: str = "folder"
    carrier_digest: bytes | None = None
    empty_directories: Sequence[str] = ()
    findings: Sequence[Finding] = ()

    def local_path(self, file: PackageFile) -> str | None:
        del file
        return None

    def open(self, file: PackageFile) -> RawIOBase:
        return self.open_file(str(file.handle))

    def close(self) -> None:
        """Nothing was opened."""


def dublin_core_of(rows: Iterable[StoredFile], open_file: Open) -> tuple[tuple[str, str], ...]:
    """Pairs of element and value, as ingest reads them from the package. `open_file` takes a logical path."""
    originals = {
        row.original_path: PackageFile(row.original_path, row.size, row.modified, row.logical_path)
        for row in rows
        if row.original_path is not None
    }
    if not originals:
        return ()
    package = _HeldPackage(sorted(originals.values(), key=attrgetter("path")), open_file)
    return pairs(examine(package, PackageLimits()).dublin_core.items())


def pairs(elements: Iterable[tuple[str, Sequence[str]]]) -> tuple[tuple[str, str], ...]:
    """Dublin Core as the catalogue takes it."""
    return tuple((name, value) for name, values in elements for value in values)
