"""DROID's signature files: what is read of them, what is refused, and what their byte sequences find."""

import re
from io import BytesIO
from pathlib import Path

import pytest

from preservation.standards.droid_patterns import UnknownPattern, pattern_of
from preservation.standards.droid_signatures import (
    ByteSequence,
    Fragment,
    SubSequence,
    read_containers,
    read_droid,
)
from preservation.standards.xml_reading import MalformedXML

RELEASE = """<?xml version="1.0"?>
<FFSignatureFile xmlns="http://www.nationalarchives.gov.uk/pronom/SignatureFile" Version="{version}" DateCreated="2026-01-19">
 <InternalSignatureCollection>
  <InternalSignature ID="9"><ByteSequence Reference="BOFoffset">
   <SubSequence Position="1" SubSeqMinOffset="0" SubSeqMaxOffset="0"><Sequence>{magic}</Sequence></SubSequence>
  </ByteSequence></InternalSignature>
 </InternalSignatureCollection>
 <FileFormatCollection>
  <FileFormat ID="1" PUID="fmt/1" Name="One" Version="1.0" MIMEType="a/b, c/d"><InternalSignatureID>9</InternalSignatureID>
   <Extension>ONE</Extension><HasPriorityOverFileFormatID>2</HasPriorityOverFileFormatID></FileFormat>
  <FileFormat ID="2" PUID="x-fmt/2" Name="Two"/>
 </FileFormatCollection>
</FFSignatureFile>"""


def release(version: str = "200", magic: str = "49492A00") -> bytes:
    return RELEASE.format(version=version, magic=magic).encode()


def part(bytes_: str, least: int = 0, most: int | None = 0, position: int = 1, **more: object) -> SubSequence:
    return SubSequence(position, least, most, bytes_, more.get("left", ()), more.get("right", ()))  # type: ignore[arg-type]


def finds(sequence: ByteSequence, data: bytes) -> bool:
    position, text = pattern_of(sequence)
    pattern = re.compile(text.encode())
    return (pattern.match(data) if position == "BOF" else pattern.search(data)) is not None


def test_a_release_tells_its_formats_with_what_they_have_priority_over() -> None:
    found = read_droid(BytesIO(release()))

    one, two = found.formats
    assert (found.version, one.puid, one.name, one.version) == ("200", "fmt/1", "One", "1.0")
    assert (one.mimes, one.extensions, one.priority_over) == (("a/b", "c/d"), ("one",), ("x-fmt/2",))
    assert (two.puid, two.mimes, list(found.signatures)) == ("x-fmt/2", (), ["fmt/1"])


def test_another_byte_sequence_is_another_digest_and_another_layout_is_not() -> None:
    first = read_droid(BytesIO(release())).digests
    same = read_droid(BytesIO(release("201").replace(b"\n ", b"\n      "))).digests
    other = read_droid(BytesIO(release(magic="49492A01"))).digests

    assert first == same
    assert first.keys() == other.keys()
    assert first != other


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html/>",
        release()[:-40],
        release("V2"),
        release().replace(b'PUID="fmt/1"', b'PUID="../etc"'),
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + release().partition(b"?>")[2],
    ],
    ids=["empty", "another document", "cut short", "no release", "no PUID", "a document type"],
)
def test_what_is_no_release_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedXML):
        read_droid(BytesIO(data))


def test_bytes_ranges_and_negations_find_what_they_name() -> None:
    at_start = ByteSequence("BOF", (part("41[30:39][!00]42"),))

    assert finds(at_start, b"A5xB")
    assert not finds(at_start, b"A5\x00B")
    assert not finds(at_start, b"AxxB")
    assert finds(ByteSequence("BOF", (part("[0080:01FF]43"),)), b"\x01\x00C")
    assert not finds(ByteSequence("BOF", (part("[0080:01FF]43"),)), b"\x00\x7fC")
    assert finds(ByteSequence("BOF", (part("[!&01]44"),)), b"\x02D")
    assert not finds(ByteSequence("BOF", (part("[!&01]44"),)), b"\x03D")


def test_offsets_and_fragments_bind_the_parts_to_each_other() -> None:
    left = (Fragment(1, 0, 2, "4C"), Fragment(2, 0, 0, "4B"))
    right = (Fragment(1, 1, 1, "52"), Fragment(1, 0, 0, "53"))
    sequence = ByteSequence("BOF", (part("4D", 2, 4, left=left, right=right),))

    assert finds(sequence, b"..KL--M-R")
    assert finds(sequence, b"....KLMS")
    assert not finds(sequence, b".KLM-R")
    assert not finds(sequence, b"..KL---MS")


def test_the_end_of_a_file_is_counted_from_its_last_byte() -> None:
    sequence = ByteSequence("EOF", (part("3B", 0, 4), part("41", 0, None, position=2)))

    assert finds(sequence, b"A....;....")
    assert not finds(sequence, b"A....;.....")
    assert not finds(sequence, b"..;")


def test_a_wildcard_takes_time_that_does_not_grow_with_a_power_of_the_file() -> None:
    """The number of places that the expression engine can try is bounded by atomic groups, whatever the bytes are."""
    parts = (part("41"), *(part("41", 0, None, position=number) for number in range(2, 9)), part("42", 0, None, 9))
    position, text = pattern_of(ByteSequence("BOF", parts))

    assert position == "BOF"
    assert text.count("(?>") == 8
    assert re.compile(text.encode()).match(b"A" * 20_000) is None


@pytest.mark.parametrize(
    "text", ["", "4", "zz", "[41", "[42:41]", "[4142:43]", "[&4142]", "'A'", "(41|42)"], ids=lambda text: text or "none"
)
def test_a_sequence_that_is_not_understood_is_said_to_be_so(text: str) -> None:
    with pytest.raises(UnknownPattern):
        pattern_of(ByteSequence("BOF", (part(text),)))


@pytest.mark.corpora
def test_every_signature_of_a_real_release_becomes_an_expression(corpora: Path) -> None:
    with (corpora / "pronom-signatures/droid/DROID_SignatureFile_V122.xml").open("rb") as stream:
        found = read_droid(stream)

    patterns = [pattern_of(one) for each in found.signatures.values() for signature in each for one in signature]
    assert (found.version, len(found.formats), len(patterns)) == ("122", 2544, 2643)
    for _, text in patterns:
        re.compile(text.encode())


@pytest.mark.corpora
def test_a_real_container_release_names_the_formats_that_it_knows(corpora: Path) -> None:
    with (corpora / "pronom-signatures/droid/container-signature-20260119.xml").open("rb") as stream:
        found = read_containers(stream)

    assert found.version == "40"
    assert {"fmt/40", "fmt/412", "fmt/136"} <= found.digests.keys()
