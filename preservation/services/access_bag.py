"""The tag files of a bag that is given out: BagIt 1.0 (RFC 8493), with SHA-512 and SHA-256 manifests."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256, sha512
from urllib.parse import quote_from_bytes

from preservation.ports import ExportTarget
from preservation.services.access_names import RenamedFile
from preservation.services.access_reading import Delivery
from preservation.standards.bagit.paths import PAYLOAD

ORIGINAL_NAMES = "original-names.txt"
README = "README.txt"

_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_PAYLOAD = PAYLOAD.encode()
_BATCH = 1000
_README = """\
This bag (BagIt 1.0, RFC 8493) is a copy of a package that an archive keeps.

data/         what was submitted, under its own names
submission/   manifests and other tag files of the submission, if it was a bag itself
aip/          what the archive recorded about it: METS.xml and PREMIS, and further representations of the content
bag-info.txt  which package and which version this is: External-Identifier, AIP-Version, and the SHA-512 of the
              version's inventory, by which the archive's ledger can confirm it
original-names.txt, if it is there: files whose true names a bag cannot hold. A line has the true path,
              percent-encoded byte by byte, two spaces, and the path in this bag.

To check the bag:  sha512sum -c manifest-sha512.txt   (names with line breaks or "%" are percent-encoded there)

Gói này (BagIt 1.0, RFC 8493) là bản sao của một gói tin mà cơ quan lưu trữ đang bảo quản.

data/         những gì đã giao nộp, với tên gốc
submission/   bảng kê và các tệp thẻ của hồ sơ giao nộp, nếu đó cũng là một gói BagIt
aip/          những gì cơ quan lưu trữ ghi nhận: METS.xml, PREMIS và các dạng thể hiện khác của nội dung
bag-info.txt  cho biết gói nào, phiên bản nào: External-Identifier, AIP-Version và SHA-512 của bảng kê phiên bản,
              dùng để đối chiếu với nhật ký của cơ quan lưu trữ
original-names.txt, nếu có: các tệp mà gói BagIt không chứa được tên thật. Mỗi dòng gồm đường dẫn thật
              mã hóa phần trăm từng byte, hai dấu cách, và đường dẫn trong gói.

Để kiểm tra gói:  sha512sum -c manifest-sha512.txt   (tên có dấu xuống dòng hoặc "%" được mã hóa phần trăm)
"""


@dataclass(frozen=True, slots=True)
class BagFacts:
    """What bag-info.txt says. `inventory_digest` is the SHA-512 of the version's inventory, lower-case hex."""

    aip: str
    title: str
    version: int
    inventory_digest: str
    date: datetime
    software: str
    payload_bytes: int


@dataclass(frozen=True, slots=True)
class _Listed:
    place: str
    sha512: str
    sha256: str


def write_tag_files(
    target: ExportTarget, facts: BagFacts, files: Sequence[Delivery], renamed: Sequence[RenamedFile]
) -> tuple[int, int]:
    """Make a bag of a folder in which all `files` are written already. How many files that added, and their bytes."""
    payload = [_listed(file) for file in files if is_payload(file)]
    tags = [_listed(file) for file in files if not is_payload(file)]
    target.make_folder(_PAYLOAD.rstrip(b"/"))
    writer = _TagWriter(target, tags)
    writer.write("bagit.txt", [_DECLARATION])
    writer.write("bag-info.txt", [_bag_info(facts, len(payload))])
    writer.write(README, [_README.encode()])
    if renamed:
        writer.write(ORIGINAL_NAMES, _name_lines(renamed))
    writer.write("manifest-sha512.txt", _lines((one.sha512, one.place) for one in payload))
    writer.write("manifest-sha256.txt", _lines((one.sha256, one.place) for one in payload))
    listed_tags = sorted(tags, key=_place)
    writer.write("tagmanifest-sha512.txt", _lines((one.sha512, one.place) for one in listed_tags))
    writer.write("tagmanifest-sha256.txt", _lines((one.sha256, one.place) for one in listed_tags))
    return writer.files, writer.bytes


def is_payload(file: Delivery) -> bool:
    """Whether the file stands in the bag's payload folder."""
    return file.place.startswith(_PAYLOAD)


def _listed(file: Delivery) -> _Listed:
    return _Listed(file.place.decode(), file.sha512, file.sha256)


class _TagWriter:
    """Writes tag files and lists each in `tags` with its digests."""

    def __init__(self, target: ExportTarget, tags: list[_Listed]) -> None:
        self._target = target
        self._tags = tags
        self.files = 0
        self.bytes = 0

    def write(self, place: str, chunks: Iterable[bytes]) -> None:
        first, second = sha512(), sha256()
        sink = self._target.create(place.encode())
        try:
            for chunk in chunks:
                first.update(chunk)
                second.update(chunk)
                sink.write(chunk)
                self.bytes += len(chunk)
        finally:
            sink.close()
        self.files += 1
        self._tags.append(_Listed(place, first.hexdigest(), second.hexdigest()))


def written_path(path: str) -> str:
    """As a manifest writes it: LF, CR and "%" encoded, and nothing else (RFC 8493, 2.1.3)."""
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def _lines(listed: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    batch: list[str] = []
    for digest, place in listed:
        batch.append(f"{digest}  {written_path(place)}\n")
        if len(batch) >= _BATCH:
            yield "".join(batch).encode()
            batch.clear()
    yield "".join(batch).encode()


def _name_lines(renamed: Sequence[RenamedFile]) -> Iterator[bytes]:
    for one in renamed:
        yield f"{quote_from_bytes(one.true_path)}  {written_path(one.place)}\n".encode()


def _bag_info(facts: BagFacts, payload_files: int) -> bytes:
    pairs = [
        ("External-Identifier", facts.aip),
        # White space in a value would end its line; a title is shown, not kept, here.
        ("External-Description", " ".join(facts.title.split())),
        ("AIP-Version", str(facts.version)),
        ("AIP-Inventory-Digest", f"sha512:{facts.inventory_digest}"),
        ("Bagging-Date", facts.date.date().isoformat()),
        ("Payload-Oxum", f"{facts.payload_bytes}.{payload_files}"),
        ("Bag-Software-Agent", facts.software),
    ]
    return "".join(f"{label}: {value}\n" for label, value in pairs if value).encode("utf-8", "replace")


def _place(listed: _Listed) -> str:
    return listed.place
