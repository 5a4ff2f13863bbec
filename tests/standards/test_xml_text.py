from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preservation.domain import names
from preservation.standards.xml_text import (
    attribute_text,
    element_text,
    path_of,
    reference,
    reverse,
    reversible,
    shown_name,
)
from preservation.standards.xml_times import fine_text, nanoseconds, schema_text, utc_text, utc_time
from tests.standards.xml_schemas import parsed

ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from('\x00\n\r\t�0A&<"\ufffe\ud800'))


@given(ANY_TEXT)
@example("a\nb")
@example("�0A")
def test_a_path_comes_back_from_its_reference(path: str) -> None:
    written = reference(path)

    assert path_of(written) == path
    assert written.isascii()


def test_a_reference_is_percent_encoded_utf_8() -> None:
    assert reference("Hồ sơ/a:b#c.pdf") == "H%E1%BB%93%20s%C6%A1/a%3Ab%23c.pdf"


@pytest.mark.parametrize("text", ["a b", "%zz", "%e1", "é", "a#b", "%FF", "a\n"])
def test_what_is_no_reference_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is for people
        path_of(text)


@given(ANY_TEXT)
def test_any_text_passes_through_an_element_and_an_attribute_unchanged(text: str) -> None:
    escaped = reversible(text)

    root = parsed(f'<r a="{attribute_text(escaped)}">{element_text(escaped)}</r>'.encode())

    assert reverse(root.text or "") == text
    assert reverse(root.get("a", "")) == text


@given(st.binary())
def test_a_shown_name_still_holds_the_bytes_of_the_name(raw: bytes) -> None:
    shown = shown_name(names.escape(raw))

    assert names.unescape(shown) == raw
    assert "\n" not in shown


def test_a_newline_in_a_name_can_be_seen() -> None:
    assert shown_name("a\nb.txt") == "a�0Ab.txt"


@given(st.integers(-(2**80), 2**80))
@example(0)
@example(-62_135_596_800_000_000_001)
def test_nanoseconds_come_back_from_their_text(moment: int) -> None:
    assert nanoseconds(fine_text(moment)) == moment


def test_a_time_reads_as_people_write_it() -> None:
    assert fine_text(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456789Z"
    assert schema_text(1_700_000_000_123_456_789) == "2023-11-14T22:13:20Z"


def test_a_year_beyond_four_digits_is_no_schema_time() -> None:
    moment = 400_000 * 10**15

    assert fine_text(moment).startswith("Y")
    assert schema_text(moment) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_datetime_comes_back_from_its_text(time: datetime) -> None:
    assert utc_time(utc_text(time)) == time


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        utc_time("2026-03-01T08:30:00")
