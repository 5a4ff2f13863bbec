"""The signature files that engines come with, as bytes: what an update is compared with."""

import importlib.util
import re
from pathlib import Path
from typing import Final

from preservation.domain.signature_files import SignatureKind
from preservation.errors import Unavailable
from preservation.standards.siegfried_database import within

_MOST_LIBRARY: Final = 128 << 20
_DROID: Final = re.compile(r"DROID_SignatureFile[-_][vV]([0-9]{1,5})\.xml\Z")
_CONTAINERS: Final = re.compile(r"container-signature-([0-9]{8})\.xml\Z")


def fido_configuration() -> Path | None:
    """FIDO's folder of signature files, found without importing FIDO; None where it is not installed."""
    package = importlib.util.find_spec("fido")
    return Path(package.origin).parent / "conf" if package is not None and package.origin else None


def shipped_signatures(kind: SignatureKind) -> bytes | None:
    """The newest one that is installed with an engine; None where there is none. Unavailable if it cannot be read."""
    try:
        if kind is SignatureKind.SIEGFRIED:
            return _siegfried()
        folder = fido_configuration()
        name = _DROID if kind is SignatureKind.DROID else _CONTAINERS
        found = (
            []
            if folder is None
            else [(int(one.group(1)), path) for path in folder.iterdir() if (one := name.match(path.name))]
        )
        return max(found)[1].read_bytes() if found else None
    except OSError as error:
        raise Unavailable(f"an engine's own signature file cannot be read: {error.strerror}") from error


def _siegfried() -> bytes | None:
    """The database within siegfried's library, which is not loaded for that."""
    package = importlib.util.find_spec("pygfried")
    if package is None or not package.origin or Path(package.origin).stat().st_size > _MOST_LIBRARY:
        return None
    return within(Path(package.origin).read_bytes())
