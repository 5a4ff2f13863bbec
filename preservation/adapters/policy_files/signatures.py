"""Which signature files are installed: `policies/signatures/installed.toml`, which `preservation format update` writes."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from preservation.adapters.policy_files.formats import PUID
from preservation.adapters.policy_files.toml_table import parse, read_file
from preservation.domain.registered_formats import puid_order
from preservation.domain.signature_files import SignatureFile, SignatureKind

FOLDER = "signatures"
INSTALLED = "installed.toml"

_DIGEST = re.compile(r"[0-9a-f]{128}\Z")
_FILE = re.compile(r"[a-z]{1,20}-[0-9a-f]{16}\.(?:xml|sig)\Z")
_MOST_BYTES = 64 << 20


def read_signatures(folder: Path) -> Mapping[SignatureKind, SignatureFile]:
    """What is installed in `folder` ("policies/signatures"), nothing without the file. WrongUse naming file and key."""
    path = folder / INSTALLED
    if not path.exists():
        return MappingProxyType({})
    table = parse(path, read_file(path))
    found: dict[SignatureKind, SignatureFile] = {}
    for key in table:
        section = table.table(key)
        if key not in list(SignatureKind):
            table.refuse(key, "a table", f"one of {', '.join(SignatureKind)}")
        name, digest = section.text("file"), section.text("sha512")
        if not _FILE.match(name):
            section.refuse("file", name, "the name that format update gave")
        if not _DIGEST.match(digest):
            section.refuse("sha512", digest, "a SHA-512 in hex")
        found[SignatureKind(key)] = SignatureFile(
            kind=SignatureKind(key),
            path=str(folder / name),
            release=section.text("release"),
            sha512=digest,
            bytes=section.whole_number("bytes", default=0, least=1, most=_MOST_BYTES),
            touched=tuple(
                sorted(
                    section.texts("touched", lambda one: PUID.match(one) is not None, "PRONOM identifiers"),
                    key=puid_order,
                )
            ),
        )
        section.refuse_the_rest()
    return MappingProxyType(found)


def signatures_text(files: Iterable[SignatureFile]) -> bytes:
    """The file that `read_signatures` reads."""
    lines = ["# Written by `preservation format update`. Do not edit.", ""]
    for one in sorted(files, key=lambda file: file.kind):
        lines += [
            f"[{one.kind.value}]",
            f'file = "{Path(one.path).name}"',
            f'release = "{one.release}"',
            f'sha512 = "{one.sha512}"',
            f"bytes = {one.bytes}",
            f"touched = {json.dumps(list(one.touched))}",
            "",
        ]
    return "\n".join(lines).encode()
