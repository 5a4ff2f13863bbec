"""Stored files with names and formats that try the XML documents."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.holdings import StoredFile

AIP = "urn:uuid:01890000-0000-7000-8000-000000000001"
COLLECTION = "urn:uuid:01890000-0000-7000-8000-000000000002"
TRANSFER = "urn:uuid:01890000-0000-7000-8000-000000000003"
TIME = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)

PDF = FormatIdentification(
    puid="fmt/18",
    name="Acrobat PDF 1.4 - Portable Document Format",
    version="1.4",
    mime="application/pdf",
    basis=Basis.BYTE,
    engine="siegfried",
    engine_version="1.11.2",
    signatures="PRONOM v120, container 20240715",
)

# Letters that files are really called by, and characters that XML, URIs, lines or the escape of names stumble over.
_CHARACTERS = st.one_of(
    st.characters(exclude_categories=["Cs"], exclude_characters="/"),
    st.sampled_from("\x00\x01\x1f\x7f\x85\t\n\r\N{REPLACEMENT CHARACTER}0A�\ufffe\uffff\u2028#%?:&<>\"'\\ ếé"),
)
TEXT = st.text(_CHARACTERS, max_size=30)
NAME = st.text(_CHARACTERS, min_size=1, max_size=30).filter(lambda name: name not in {".", ".."})
NAMES = st.lists(NAME, min_size=1, max_size=3).map("/".join)
FORMATS = st.builds(
    FormatIdentification,
    puid=st.none() | TEXT,
    name=TEXT,
    version=TEXT,
    mime=TEXT,
    basis=st.sampled_from(Basis),
    engine=TEXT,
    engine_version=TEXT,
    signatures=TEXT,
    alternatives=st.lists(TEXT, max_size=3).map(tuple),
    warning=TEXT,
)


def stored(path: str, **facts: object) -> StoredFile:
    """A file at this logical path, complete but for what is given."""
    values: dict[str, object] = {
        "content_path": f"v1/content/{path}",
        "size": 5,
        "sha512": bytes(64),
        "sha256": bytes(32),
        "original_path": path,
        "modified": 1_700_000_000_123_456_789,
        "format": PDF,
    }
    return StoredFile(path, **(values | facts))  # type: ignore[arg-type]


def stored_files(prefix: str = "") -> st.SearchStrategy[StoredFile]:
    """Any file whose logical path starts with the prefix."""
    return st.builds(
        StoredFile,
        logical_path=NAMES.map(lambda name: prefix + name),
        content_path=st.just("v1/content/x"),
        size=st.integers(0, 2**63 - 1),
        sha512=st.binary(min_size=64, max_size=64),
        sha256=st.binary(min_size=32, max_size=32),
        original_path=st.none() | NAMES,
        modified=st.none() | st.integers(-(2**70), 2**70),
        format=st.none() | FORMATS,
        source=st.none() | NAMES.map(lambda name: "representations/rep1/data/" + name),
    )
