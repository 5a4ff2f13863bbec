import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from preservation.standards.canonical_json import canonical, parse

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


def whole(text: str) -> int | float:
    return int(float(text)) if float(text).is_integer() else float(text)


def test_the_inputs_of_rfc_8785_come_out_as_there_unless_they_have_fractions(corpora: Path) -> None:
    folder = corpora / "crypto-vectors" / "jcs"
    judged: dict[str, bool] = {}
    for path in sorted((folder / "input").iterdir()):
        value = json.loads(path.read_text(), parse_float=whole)
        if path.name == "values.json":
            with pytest.raises(ValueError, match=r"canonical form|beyond"):
                canonical(value)
            judged[path.name] = True
        else:
            judged[path.name] = canonical(value) == (folder / "output" / path.name).read_bytes()

    assert judged == dict.fromkeys(judged, True)
    assert len(judged) == 6


@settings(deadline=None)
@given(VALUES)
def test_canonical_bytes_are_those_of_another_implementation(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert parse(canonical(value)) == value


def test_keys_are_sorted_by_utf_16_code_units() -> None:
    assert canonical({"\ufb33": 1, "\U0001f602": 2, "a": 3}) == '{"a":3,"\U0001f602":2,"\ufb33":1}'.encode()


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), 2**53, -(2**53), "\ud800", {1: 2}, {"a": (1,)}, b"", {"\udc00": 1}, object()]
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(value)


def test_depth_is_bounded() -> None:
    value: Any = []
    for _ in range(63):
        value = [value]

    assert parse(canonical(value)) == value
    with pytest.raises(ValueError, match="nested"):
        canonical([value])
    with pytest.raises(ValueError, match="nested"):
        parse(b"[" * 100_000)


@pytest.mark.parametrize("data", [b' {"a":1}', b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"1.0", b"{", b"\xff", b'"\\u0041"'])
def test_json_in_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(data)
