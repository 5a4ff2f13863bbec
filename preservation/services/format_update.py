"""A signature file that somebody brings, looked at before it is used: what it is, and what it changes.

Three kinds are known. A DROID signature file is used by FIDO, whose byte signatures are made from it, and by the registry; a
DROID container signature file by FIDO; a siegfried database by siegfried and by the registry.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha512
from io import BytesIO

from preservation.domain.policies import FormatEngine
from preservation.domain.registered_formats import RegisteredFormat, RegistryChange, change_between, puid_order
from preservation.domain.signature_files import SignatureKind
from preservation.errors import WrongUse
from preservation.standards.droid_patterns import UnknownPattern, pattern_of
from preservation.standards.droid_signatures import DroidRelease, read_containers, read_droid
from preservation.standards.siegfried_database import MAGIC, NotADatabase, read_database
from preservation.standards.xml_reading import MalformedXML

MOST_BYTES = 64 << 20

_BEGINNING = 4096
# What a file within a container is known as until a container signature says more.
_WRAPPINGS = ("fmt/111", "fmt/189", "x-fmt/263")


@dataclass(frozen=True, slots=True)
class SignatureUpdate:
    """What a file would change. `engine` is the one that uses it; `left_out` counts signatures that it cannot be given."""

    kind: SignatureKind
    engine: FormatEngine
    data: bytes
    sha512: str
    change: RegistryChange
    touched: tuple[str, ...]
    left_out: int = 0


def kind_of(data: bytes) -> SignatureKind:
    """WrongUse for what is none of the three."""
    beginning = data[:_BEGINNING]
    if data.startswith(MAGIC):
        return SignatureKind.SIEGFRIED
    if b"FFSignatureFile" in beginning:
        return SignatureKind.DROID
    if b"ContainerSignatureMapping" in beginning:
        return SignatureKind.CONTAINERS
    raise WrongUse("this is no DROID signature file, no DROID container signature file, and no siegfried database")


def read_update(data: bytes, before: bytes | None) -> SignatureUpdate:
    """What the file `data` changes against the one in force, None where it is not known.

    WrongUse for what is no signature file, is damaged, or is beyond the bounds of one.
    """
    kind = kind_of(data)
    if len(data) > MOST_BYTES:
        raise WrongUse(f"larger than {MOST_BYTES} bytes")
    try:
        match kind:
            case SignatureKind.DROID:
                return _droid(data, before)
            case SignatureKind.CONTAINERS:
                return _containers(data, before)
            case SignatureKind.SIEGFRIED:
                return _siegfried(data, before)
    except (MalformedXML, NotADatabase) as error:
        raise WrongUse(f"the signature file cannot be read: {error}") from error


def _droid(data: bytes, before: bytes | None) -> SignatureUpdate:
    release = read_droid(BytesIO(data))
    old = read_droid(BytesIO(before)) if before is not None else None
    change = change_between(
        (f"PRONOM V{old.version}" if old is not None else "", old.formats if old is not None else ()),
        (f"PRONOM V{release.version}", release.formats),
        signatures=(old.digests if old is not None else {}, release.digests),
    )
    below = {one.puid: one.priority_over for one in release.formats}
    touched = {*change.touched, *(puid for each in change.touched for puid in below.get(each, ()))}
    return _update(SignatureKind.DROID, FormatEngine.FIDO, data, change, touched, left_out=_left_out(release))


def _containers(data: bytes, before: bytes | None) -> SignatureUpdate:
    release = read_containers(BytesIO(data))
    old = read_containers(BytesIO(before)) if before is not None else None
    known: Mapping[str, str] = old.digests if old is not None else {}
    change = change_between(
        (f"containers V{old.version}" if old is not None else "", _named(known)),
        (f"containers V{release.version}", _named(release.digests)),
        signatures=(known, release.digests),
    )
    touched = {*change.touched, *(_WRAPPINGS if change.touched else ())}
    return _update(SignatureKind.CONTAINERS, FormatEngine.FIDO, data, change, touched)


def _siegfried(data: bytes, before: bytes | None) -> SignatureUpdate:
    release = read_database(data)
    old = read_database(before) if before is not None else None
    change = change_between(
        (f"PRONOM V{old.version}" if old is not None else "", old.formats if old is not None else ()),
        (f"PRONOM V{release.version}", release.formats),
    )
    return _update(SignatureKind.SIEGFRIED, FormatEngine.SIEGFRIED, data, change, change.touched)


def _update(
    kind: SignatureKind,
    engine: FormatEngine,
    data: bytes,
    change: RegistryChange,
    touched: Iterable[str],
    *,
    left_out: int = 0,
) -> SignatureUpdate:
    return SignatureUpdate(
        kind=kind,
        engine=engine,
        data=data,
        sha512=sha512(data).hexdigest(),
        change=change,
        touched=tuple(sorted(touched, key=puid_order)),
        left_out=left_out,
    )


def _named(puids: Iterable[str]) -> list[RegisteredFormat]:
    return [RegisteredFormat(puid, "") for puid in puids]


def _left_out(release: DroidRelease) -> int:
    """Signatures that have no counterpart as expressions, which FIDO works by."""
    count = 0
    for signatures in release.signatures.values():
        for signature in signatures:
            try:
                for sequence in signature:
                    pattern_of(sequence)
            except UnknownPattern:
                count += 1
    return count
