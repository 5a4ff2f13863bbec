"""Which family and kind a format belongs to."""

import pytest

from preservation.domain.content_kinds import FAMILY_OF_PUID, Family, family_of, kind_of, kind_of_family
from preservation.domain.examinations import Kind
from preservation.domain.virus_names import is_unscanned


@pytest.mark.parametrize(
    ("puid", "mime", "kind"),
    [
        ("fmt/95", "application/pdf", Kind.PDF),
        ("fmt/353", "image/tiff", Kind.IMAGE),
        ("x-fmt/392", "", Kind.IMAGE),
        ("fmt/412", "", Kind.OFFICE),
        ("fmt/40", "", Kind.OFFICE),
        ("x-fmt/430", "", Kind.EMAIL),
        ("fmt/569", "", Kind.VIDEO),
        ("fmt/141", "", Kind.AUDIO),
        ("x-fmt/263", "", Kind.ARCHIVE),
        ("fmt/101", "", Kind.XML),
        ("x-fmt/111", "", Kind.TEXT),
        ("fmt/999999", "", Kind.OTHER),
        (None, "", Kind.OTHER),
        (None, "application/mp4, video/mp4", Kind.VIDEO),
        ("fmt/999999", "application/tei+xml", Kind.XML),
    ],
)
def test_a_format_is_of_a_kind_by_puid_and_else_by_media_type(puid: str | None, mime: str, kind: Kind) -> None:
    assert kind_of(puid, mime) is kind


def test_a_puid_is_in_one_family() -> None:
    assert len(FAMILY_OF_PUID) > 200
    assert all(kind_of_family(family) for family in Family)


def test_a_package_that_is_only_known_as_zip_is_what_its_name_says() -> None:
    assert family_of("x-fmt/263", "application/zip", ".docx") is Family.OOXML
    assert family_of("x-fmt/263", "application/zip", ".EPUB") is Family.EPUB
    assert family_of("x-fmt/263", "application/zip", ".pdf") is Family.ZIP


def test_a_name_decides_nothing_where_a_format_was_identified() -> None:
    assert family_of("fmt/11", "image/png", ".pdf") is Family.RASTER
    assert family_of(None, "", ".pdf") is Family.PDF


def test_names_of_what_was_not_looked_into_are_told_from_malware() -> None:
    assert is_unscanned("Heuristics.Encrypted.Zip")
    assert is_unscanned("Heuristics.Limits.Exceeded.MaxFileSize")
    assert not is_unscanned("Win.Test.EICAR_HDB-1")
