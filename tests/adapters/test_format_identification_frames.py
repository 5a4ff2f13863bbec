"""What crosses the pipe, and what is refused there."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.adapters.format_identification.frames import (
    ENDS,
    MOST_BYTES,
    WHOLE,
    AnswerReader,
    AnswerWriter,
    BrokenFrame,
    hello,
    pack,
    parse_hello,
    parse_question,
    question,
    read_frame,
)
from preservation.domain.formats import Basis, FormatIdentification

texts = st.text(max_size=20)
identifications = st.builds(
    FormatIdentification,
    puid=st.none() | texts,
    name=texts,
    version=texts,
    mime=texts,
    basis=st.sampled_from(Basis),
    engine=texts,
    engine_version=texts,
    signatures=texts,
    alternatives=st.lists(texts, max_size=3).map(tuple),
    warning=texts,
)
answers = st.lists(identifications | texts, max_size=20)
paths = st.lists(st.binary(min_size=1).filter(lambda path: b"\0" not in path), min_size=1)


@given(st.lists(answers, max_size=5), st.integers(0, 10))
def test_answers_come_back_equal_and_equal_ones_are_one(
    batches: list[list[FormatIdentification | str]], most: int
) -> None:
    writer, reader = AnswerWriter(most), AnswerReader({})

    for batch in batches:
        decoded = reader.decode(writer.encode(batch), len(batch))

        assert decoded == batch
        assert len({id(answer) for answer in decoded}) == len(set(batch))


@given(st.sampled_from([WHOLE, ENDS]), paths)
def test_questions_come_back_equal(how: bytes, asked: list[bytes]) -> None:
    assert parse_question(question(how, asked)) == (how, asked)


@given(st.lists(st.binary()))
def test_frames_come_back_equal_and_then_end(bodies: list[bytes]) -> None:
    stream = BytesIO(b"".join(map(pack, bodies)))

    assert [read_frame(stream) for _ in bodies] == bodies
    assert read_frame(stream) is None


@pytest.mark.parametrize("data", [b"\0", b"\0\0\0\x05abc", (MOST_BYTES + 1).to_bytes(4, "big")])
def test_a_frame_cut_short_or_beyond_measure_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenFrame):
        read_frame(BytesIO(data))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{}",
        b"[false,[],[0]]",
        b"[false,[[1]],[0]]",
        b'[false,["a"],[0,0]]',
        b'[false,["a"],["0"]]',
        json.dumps([False, [["fmt/1", "", "", "", "rumour", "", "", "", [], ""]], [0]]).encode(),
        json.dumps([False, [["fmt/1", "", "", "", "byte", "", "", "", [1], ""]], [0]]).encode(),
        b"[" * 100_000,
    ],
)
def test_an_answer_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(BrokenFrame):
        AnswerReader({}).decode(body, 1)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_they_are_an_answer_for_each_file_or_a_broken_frame(body: bytes) -> None:
    try:
        answer = AnswerReader({}).decode(body, 1)
    except BrokenFrame:
        return
    assert len(answer) == 1


def test_a_greeting_comes_back_and_others_are_refused() -> None:
    assert parse_hello(hello({"engine": "a", "version": "1"})) == {"engine": "a", "version": "1"}
    for body in (b"", b"[]", b'{"engine":1}'):
        with pytest.raises(BrokenFrame):
            parse_hello(body)
