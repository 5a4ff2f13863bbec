"""E-mail and plain text; and what holds for every recipe."""

import email
import email.policy
import random
import struct
from email.message import EmailMessage
from pathlib import Path

import pytest

from preservation.adapters.conversion.converter import ToolConverter
from preservation.adapters.fence.system import SystemFence
from preservation.domain.conversions import Sameness
from preservation.domain.examinations import FileToExamine
from preservation.errors import NotHere, WrongUse
from tests.adapters.conversion_kit import is_same, new_converter, refused, tried
from tests.compound_files import Message, compound_file, outlook_message
from tests.drills.conversion_sabotage import loses_one_attachment, truncates

pytestmark = pytest.mark.tools

BODY = "Kính gửi Chi cục,\r\nXin gửi kèm báo cáo lưu trữ quý 2.\r\nTrân trọng."
TEXT = "Cộng hòa xã hội chủ nghĩa Việt Nam\nĐộc lập - Tự do - Hạnh phúc\n"


@pytest.fixture(scope="module")
def converter() -> ToolConverter:
    return new_converter()


def message() -> bytes:
    given = {"báo cáo.bin": random.Random(1).randbytes(9000), "b.txt": b"xin chao"}
    return outlook_message(
        Message("Báo cáo quý 2", BODY, to=("binh@luutru.example", "chi@luutru.example"), attachments=given)
    )


def test_an_outlook_message_keeps_all_that_it_says(converter: ToolConverter, tmp_path: Path) -> None:
    (tmp_path / "a.msg").write_bytes(message())

    one = tried(converter, "msg-to-eml", tmp_path / "a.msg", "x-fmt/430")

    assert is_same(one), one.comparison
    assert {tool.name for tool in one.comparison.tools} >= {"Email::Outlook::Message", "olefile"}


def test_harm_to_a_message_is_caught(converter: ToolConverter, tmp_path: Path) -> None:
    (tmp_path / "a.msg").write_bytes(message())
    one = tried(converter, "msg-to-eml", tmp_path / "a.msg", "x-fmt/430")

    def forges_the_subject(path: Path) -> None:
        data = path.read_bytes()
        at = data.index(b"Subject: ")
        path.write_bytes(data[:at] + b"Subject: other\r\n" + data[data.index(b"Date:") :])

    for harm in (loses_one_attachment, truncates, forges_the_subject):
        assert one.after(harm).sameness is Sameness.DIFFERENT, harm.__name__


def test_a_body_in_rtf_alone_cannot_be_compared(converter: ToolConverter, tmp_path: Path) -> None:
    rtf = b"{\\rtf1\\ansi The council decides to sell the house by the river.\\par }"
    # [MS-OXRTFCP] 2.1.3.1, not compressed.
    packed = struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf
    (tmp_path / "alone.msg").write_bytes(outlook_message(Message("Decision", None, rtf=packed)))
    (tmp_path / "beside.msg").write_bytes(outlook_message(Message("Decision", "The council decides", rtf=packed)))
    (tmp_path / "within.msg").write_bytes(
        outlook_message(Message("See below", "See the letter within", within=(Message("Decision", " ", rtf=packed),)))
    )

    alone, beside, within = (
        tried(converter, "msg-to-eml", tmp_path / f"{name}.msg", "x-fmt/430") for name in ("alone", "beside", "within")
    )

    assert alone.comparison.sameness is Sameness.UNKNOWN
    assert "RTF" in alone.comparison.detail
    assert is_same(beside), beside.comparison
    assert within.comparison.sameness is Sameness.UNKNOWN


def test_messages_within_a_message_are_compared_as_well(converter: ToolConverter, tmp_path: Path) -> None:
    inner = (Message("Trong một", "Thư bên trong nói có.", attachments={"a.bin": b"1234"}), Message("Trong hai", BODY))
    (tmp_path / "a.msg").write_bytes(outlook_message(Message("Ngoài", "Xem thư bên trong.", within=inner)))
    one = tried(converter, "msg-to-eml", tmp_path / "a.msg", "x-fmt/430")

    def forges_the_second_within(path: Path) -> None:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.SMTP)
        within = [part.get_payload(0) for part in message.walk() if part.get_content_type() == "message/rfc822"][1]
        assert isinstance(within, EmailMessage)
        within.set_content("no")
        path.write_bytes(message.as_bytes())

    answer = one.after(forges_the_second_within)

    assert is_same(one), one.comparison
    assert answer.sameness is Sameness.DIFFERENT
    assert [measure.name for measure in answer.measures if not measure.holds] == ["message within 2: body"]


def test_what_is_no_outlook_message_gives_nothing(converter: ToolConverter, tmp_path: Path) -> None:
    (tmp_path / "a.msg").write_text("no message")
    (tmp_path / "cut.msg").write_bytes(message()[:3000])
    (tmp_path / "other.msg").write_bytes(compound_file({"__attach_version1.0_#00000000": {"x": b"y"}}))

    for name in ("a.msg", "cut.msg", "other.msg"):
        assert refused(converter, "msg-to-eml", tmp_path / name, "x-fmt/430").code == "SOURCE-UNREADABLE"


def test_each_message_of_a_mailbox_becomes_a_file(converter: ToolConverter, tmp_path: Path) -> None:
    box = b"".join(
        b"From an@x.example Mon May  6 07:08:09 2024\n"
        b"From: an@x.example\nTo: b@x.example\nSubject: %d\n\nline\n>From here on quoted\nend %d\n\n" % (number, number)
        for number in range(3)
    )
    (tmp_path / "a.mbox").write_bytes(box)

    one = tried(converter, "mbox-to-eml", tmp_path / "a.mbox", "fmt/720")

    assert is_same(one), one.comparison
    assert one.made.paths == ("message-00001.eml", "message-00002.eml", "message-00003.eml")
    assert (
        (one.folder / "message-00002.eml").read_bytes().endswith(b"Subject: 1\n\nline\n>From here on quoted\nend 1\n")
    )
    assert one.after(truncates).sameness is Sameness.DIFFERENT
    fewer = [FileToExamine(str(one.folder / name), None) for name in one.made.paths[:2]]
    assert converter.compare("mbox-to-eml", one.source, fewer, {}).sameness is Sameness.DIFFERENT


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1258"])
def test_a_text_in_a_legacy_encoding_becomes_utf8(converter: ToolConverter, tmp_path: Path, encoding: str) -> None:
    source = tmp_path / "a.txt"
    text = TEXT if encoding == "utf-16" else "Việt".replace("ệ", "ê\u0323") + " Nam\n"
    source.write_bytes(text.encode(encoding))

    one = tried(converter, "text-to-utf8", source, "x-fmt/111", encoding=encoding if encoding != "utf-16" else "auto")

    assert is_same(one), one.comparison
    assert one.after(truncates).sameness is Sameness.DIFFERENT


def test_a_text_in_tcvn_is_held_against_its_bytes(converter: ToolConverter, tmp_path: Path) -> None:
    # "Việt Nam" as TCVN 5712 has it.
    (tmp_path / "a.txt").write_bytes(b"Vi\xd6t Nam\n")
    one = tried(converter, "text-to-utf8", tmp_path / "a.txt", "x-fmt/111", encoding="tcvn")

    answer = converter.compare("text-to-utf8", one.source, [FileToExamine(str(one.result), None)], {"encoding": "tcvn"})

    assert one.result.read_text("utf-8") == "Việt Nam\n"
    assert answer.sameness is Sameness.SAME
    assert refused(converter, "text-to-utf8", tmp_path / "a.txt", "x-fmt/111").code == "SOURCE-ENCODING-UNKNOWN"


def test_a_recipe_or_parameter_that_nobody_knows_is_refused(converter: ToolConverter, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    source = FileToExamine(str(tmp_path / "a.txt"), "x-fmt/111")

    with pytest.raises(NotHere):
        converter.convert("lead-to-gold", source, str(tmp_path), {})
    with pytest.raises(WrongUse):
        converter.convert("text-to-utf8", source, str(tmp_path), {"colour": "blue"})
    with pytest.raises(WrongUse):
        converter.convert("text-to-utf8", source, str(tmp_path), {"encoding": 7})


def test_every_tool_of_every_recipe_is_among_the_tools_that_are_told(converter: ToolConverter) -> None:
    told = {one.name: one for one in converter.tools()}

    for recipe in converter.recipes():
        assert set(recipe.tools) <= told.keys(), recipe.name
        assert recipe.sources
        assert recipe.target
    assert all(one.package for one in told.values() if one.name in ("vips", "gs", "soffice", "ffmpeg", "flac"))
    assert all(one.version and one.version != "unknown" for one in told.values()), told


def test_conversions_work_where_there_are_no_namespaces(tmp_path: Path) -> None:
    weak = ToolConverter(SystemFence(uses_namespaces=False))
    (tmp_path / "a.txt").write_bytes(TEXT.encode("utf-16"))

    one = tried(weak, "text-to-utf8", tmp_path / "a.txt", "x-fmt/111")

    assert is_same(one), one.comparison
    assert one.result.read_text("utf-8") == TEXT


@pytest.mark.parametrize("uses_namespaces", [True, False])
def test_reasons_name_no_place_of_this_machine(tmp_path: Path, uses_namespaces: bool) -> None:
    one = ToolConverter(SystemFence(uses_namespaces=uses_namespaces))
    (tmp_path / "a.pdf").write_text("no PDF")

    answer = refused(one, "pdf-to-pdfa-2b", tmp_path / "a.pdf", "fmt/17")

    assert answer.code == "SOURCE-UNREADABLE"
    assert "{in}/source.pdf" in answer.detail
    assert not any(place in answer.detail for place in ("/tmp", "site-packages", "Traceback", str(tmp_path)))
