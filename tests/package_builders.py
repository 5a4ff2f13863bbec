"""Builders of packages: good ones, and ones with a single named defect."""

import hashlib
import io
import struct
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from preservation.domain.findings import Finding


@dataclass(frozen=True, slots=True)
class ZipMember:
    """One member as its bytes are to be; None stands for the truth."""

    name: bytes
    data: bytes = b"content"
    method: int = 8
    flags: int = 0
    extra: bytes = b""
    mode: int = 0
    declared_size: int | None = None
    crc: int | None = None
    local_name: bytes | None = None
    packed: bytes | None = None
    offset: int | None = None


def zip_bytes(members: Iterable[ZipMember]) -> bytes:
    """A zip archive, written field by field, so that every field can lie."""
    body, directory, count = b"", b"", 0
    for member in members:
        packed = member.packed
        if packed is None:
            packed = deflated(member.data) if member.method == 8 else member.data
        crc = zlib.crc32(member.data) if member.crc is None else member.crc
        size = len(member.data) if member.declared_size is None else member.declared_size
        local_name = member.name if member.local_name is None else member.local_name
        offset = len(body) if member.offset is None else member.offset
        fields = (member.flags, member.method, 0, 0x21, crc, len(packed), size)
        if member.offset is None:
            body += struct.pack("<4sHHHHHLLLHH", b"PK\x03\x04", 20, *fields, len(local_name), 0) + local_name + packed
        directory += (
            struct.pack("<4sBBHHHHHLLL", b"PK\x01\x02", 20, 3 if member.mode else 0, 20, *fields)
            + struct.pack("<HHHHHLL", len(member.name), len(member.extra), 0, 0, 0, member.mode << 16, offset)
            + member.name
            + member.extra
        )
        count += 1
    return body + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)


def deflated(data: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return compressor.compress(data) + compressor.flush()


def zip_file(path: Path, *members: ZipMember) -> Path:
    path.write_bytes(zip_bytes(members))
    return path


def tar_file(path: Path, *members: tarfile.TarInfo | tuple[str, bytes], mode: str = "w", format: int = 1) -> Path:
    """`members` are (name, content) of files, or headers of other things. Names may hold surrogate escapes."""
    with tarfile.open(path, mode, format=format, errors="surrogateescape") as archive:  # type: ignore[call-overload]
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                header = tarfile.TarInfo(member[0])
                header.size = len(member[1])
                archive.addfile(header, io.BytesIO(member[1]))
    return path


def tar_header(name: str, type: bytes, link: str = "") -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.type = type
    header.linkname = link
    return header


def write_files(root: Path, files: Mapping[str, bytes]) -> Path:
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return root


def bag_files(
    payload: Mapping[str, bytes] | None = None,
    *,
    version: str = "1.0",
    algorithms: Iterable[str] = ("sha512",),
    tag_algorithms: Iterable[str] = ("sha512",),
    info: str = "Source-Organization: Trung tâm Lưu trữ\n",
) -> dict[str, bytes]:
    """A valid bag as paths and contents. Payload paths are below data/, and written as they are into the manifests."""
    payload = {"data/a.txt": b"alpha"} if payload is None else payload
    files = dict(payload)
    files["bagit.txt"] = f"BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n".encode()
    if info:
        files["bag-info.txt"] = info.encode()
    for algorithm in algorithms:
        files[f"manifest-{algorithm}.txt"] = manifest(payload, algorithm)
    tags = {path: data for path, data in files.items() if not path.startswith("data/")}
    for algorithm in tag_algorithms:
        files[f"tagmanifest-{algorithm}.txt"] = manifest(tags, algorithm)
    return files


def manifest(files: Mapping[str, bytes], algorithm: str) -> bytes:
    return "".join(f"{hashlib.new(algorithm, data).hexdigest()}  {path}\n" for path, data in files.items()).encode()


def errors(findings: Iterable[Finding]) -> set[str]:
    return {finding.code for finding in findings if finding.is_error}


def codes(findings: Iterable[Finding]) -> set[str]:
    return {finding.code for finding in findings}
