"""The table of formats within siegfried's databases."""

import importlib.util
import zlib
from pathlib import Path

import pytest

from preservation.standards.siegfried_database import HEADER, MAGIC, NotADatabase, read_database, within


def text(value: str) -> bytes:
    data = value.encode()
    return len(data).to_bytes(2, "little") + data


def database(count: int = 150, *, between: bytes = b"", release: int = 200) -> bytes:
    """A database's beginning, and a table of formats with something before and after it."""
    rows = b"".join(
        b"".join(map(text, (f"fmt/{number}", f"Format {number}", "1.0", "a/b, c/d", "Text"))) + between
        for number in range(1, count + 1)
    )
    body = b"\x00junk" + text(f"DROID_SignatureFile_V{release}.xml") + text("fmt/9") * 3 + rows + b"\xff\xff\xff"
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return MAGIC + b"\x01\x0b" + packer.compress(body) + packer.flush()


def test_the_table_of_formats_is_found_among_everything_else() -> None:
    found = read_database(database())

    assert (found.version, len(found.formats)) == ("200", 150)
    assert found.formats[8].puid == "fmt/9"
    assert (found.formats[8].name, found.formats[8].version, found.formats[8].mimes) == (
        "Format 9",
        "1.0",
        ("a/b", "c/d"),
    )


def test_identifiers_of_somebodys_own_between_the_formats_are_left_out() -> None:
    own = b"".join(map(text, ("archivematica-fmt/4", "Raw disk image", "", "", "")))

    found = read_database(database(between=own))

    assert len(found.formats) == 150


@pytest.mark.parametrize(
    "data",
    [b"", b"sf", b"<xml/>", MAGIC + b"\x01\x0b" + b"\xff" * 40, database()[:-20], database(count=3)],
    ids=["empty", "too short", "something else", "not deflated", "cut short", "without the table"],
)
def test_what_is_no_database_is_refused(data: bytes) -> None:
    with pytest.raises(NotADatabase):
        read_database(data)


def test_a_database_that_unpacks_to_more_than_one_does_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preservation.standards.siegfried_database.MOST_BYTES", 1000)

    with pytest.raises(NotADatabase):
        read_database(database())


def test_the_engines_library_holds_the_database_that_it_uses() -> None:
    package = importlib.util.find_spec("pygfried")
    assert package is not None
    library = Path(str(package.origin)).read_bytes()

    data = within(library)

    assert data is not None
    assert data.startswith(MAGIC)
    assert len(data) > HEADER
    found = read_database(data)
    by_puid = {one.puid: one for one in found.formats}
    assert int(found.version) >= 125
    assert len(by_puid) > 2500
    assert (by_puid["fmt/40"].name, by_puid["fmt/40"].version) == ("Microsoft Word Document", "97-2003")
    assert within(b"nothing of the kind") is None
