"""PRONOM as far as installed data tell of it: the newest name, version, MIME types and extensions that any of them gives, and
the relations that the reports give.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

from preservation.adapters.format_registry.reports import Reports, read_reports
from preservation.adapters.format_registry.shipped import shipped_signatures
from preservation.domain.registered_formats import RegisteredFormat, puid_order
from preservation.domain.signature_files import SignatureFile, SignatureKind
from preservation.errors import Unavailable
from preservation.standards.droid_signatures import read_droid
from preservation.standards.siegfried_database import NotADatabase, read_database
from preservation.standards.xml_reading import MalformedXML


class PronomRegistry:
    """Read when it is first asked, once. `installed` are the archive's own signature files."""

    def __init__(self, installed: Mapping[SignatureKind, SignatureFile]) -> None:
        self._installed = installed
        self._lock = Lock()
        self._read: tuple[str, Mapping[str, RegisteredFormat]] | None = None

    def using(self, installed: Mapping[SignatureKind, SignatureFile]) -> "PronomRegistry":
        """The registry over these files: itself, with what it has read, where they are the same."""
        return self if dict(installed) == dict(self._installed) else PronomRegistry(installed)

    @property
    def release(self) -> str:
        return self._state()[0]

    def format(self, puid: str) -> RegisteredFormat | None:
        return self._state()[1].get(puid)

    def formats(self) -> Sequence[RegisteredFormat]:
        return list(self._state()[1].values())

    def _state(self) -> tuple[str, Mapping[str, RegisteredFormat]]:
        """Raises Unavailable if an installed file cannot be read."""
        with self._lock:
            if self._read is None:
                self._read = _read(self._installed)
            return self._read


def _read(installed: Mapping[SignatureKind, SignatureFile]) -> tuple[str, Mapping[str, RegisteredFormat]]:
    reports = read_reports()
    layers = [_layer(reports), *_engine_tables(installed)]
    # Sorting keeps the order of equal ones: what the archive installed goes before what came with the program.
    layers.sort(key=lambda one: one[0])
    known: dict[str, RegisteredFormat] = {}
    for _, formats in layers:
        for one in formats:
            known[one.puid] = _over(known[one.puid], one) if one.puid in known else one
    release = max((version for version, _ in layers), default=0)
    return f"PRONOM V{release}", {puid: known[puid] for puid in sorted(known, key=puid_order)}


_Layer = tuple[int, Iterable[RegisteredFormat]]


def _layer(reports: Reports) -> _Layer:
    return int(reports.version or 0), reports.formats.values()


def _engine_tables(installed: Mapping[SignatureKind, SignatureFile]) -> list[_Layer]:
    found: list[_Layer] = []
    siegfried, droid = installed.get(SignatureKind.SIEGFRIED), installed.get(SignatureKind.DROID)
    try:
        database = (
            Path(siegfried.path).read_bytes() if siegfried is not None else shipped_signatures(SignatureKind.SIEGFRIED)
        )
        if database is not None:
            release = read_database(database)
            found.append((int(release.version or 0), release.formats))
        if droid is not None:
            with Path(droid.path).open("rb") as stream:
                droid_release = read_droid(stream)
            found.append((int(droid_release.version), droid_release.formats))
    except OSError as error:
        raise Unavailable(f"an installed signature file cannot be read: {error.strerror}") from error
    except (NotADatabase, MalformedXML) as error:
        raise Unavailable(f"an installed signature file is damaged: {error}") from error
    return found


def _over(older: RegisteredFormat, newer: RegisteredFormat) -> RegisteredFormat:
    return replace(
        older,
        name=newer.name or older.name,
        version=newer.version,
        mimes=newer.mimes or older.mimes,
        extensions=newer.extensions or older.extensions,
        types=newer.types or older.types,
        priority_over=newer.priority_over or older.priority_over,
        superseded_by=newer.superseded_by or older.superseded_by,
        supersedes=newer.supersedes or older.supersedes,
    )
