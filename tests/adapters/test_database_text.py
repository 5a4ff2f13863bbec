"""Text as it is searched, and as it is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.adapters.database.text import fold, storable


@pytest.mark.parametrize(
    ("value", "folded"),
    [
        ("Hồ sơ Địa chính", "ho so dia chinh"),
        ("ĐẶNG THỊ ƯỚT", "dang thi uot"),
        ("Nguye\u0302\u0303n  Văn\tĐô", "nguyen van do"),
        ("Ｆｕｌｌ ﬁle ²", "full file 2"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_text_is_found_without_marks_and_case(value: str, folded: str) -> None:
    assert fold(value) == folded


@given(st.text())
def test_folding_twice_is_folding_once(value: str) -> None:
    assert fold(fold(value)) == fold(value)


@given(st.text(st.characters()))
def test_whatever_is_made_storable_can_be_encoded_and_keeps_its_length(value: str) -> None:
    kept = storable(value)

    assert "\x00" not in kept
    assert len(kept) == len(value)
    assert kept.encode("utf-8").decode("utf-8") == kept
