"""E-mail as text: one message (RFC 5322 and MIME), or a folder of them (mbox, RFC 4155)."""

import email
import email.errors
import email.policy
import re
from email.message import EmailMessage
from typing import Final

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source

MAX_BYTES: Final = 256 << 20
MAX_PARTS: Final = 10_000
MAX_LINE: Final = 1 << 20

# A line of text may begin with "From ", and not every program marks it; one that begins a message ends in its time.
_BEGINNING: Final = re.compile(rb"From \S.*[0-9]{1,2}:[0-9]{2}.*[0-9]{4}")
_HEADERS: Final = ("From", "Date", "Subject", "To", "Message-ID")
_TRUNCATED: Final = (email.errors.CloseBoundaryNotFoundDefect, email.errors.StartBoundaryNotFoundDefect)
_HEADER_BYTES: Final = 256 << 10
_MAX_SHOWN: Final = 5


def look_at_eml(source: Source, look: Look) -> None:
    if source.size == 0:
        look.invalid("EMPTY-FILE")
        return
    if source.size > MAX_BYTES:
        look.unsure("EMAIL-TOO-LARGE", f"{source.size} bytes")
        return
    with open(source.path, "rb") as stream:
        message = email.message_from_binary_file(stream, _class=EmailMessage, policy=email.policy.default)
    present = [name for name in _HEADERS if message.get(name) is not None]
    look.add("headers", " ".join(present))
    if not {"From", "Date"} & set(present):
        # RFC 5322, 3.6: these two are what every message has.
        look.unsure("EMAIL-NO-HEADERS", "neither From nor Date")
        return
    parts, attachments, truncated = 0, 0, ""
    for part in message.walk():
        parts += 1
        attachments += part.get_content_disposition() == "attachment" or bool(part.get_filename())
        truncated = truncated or next((type(one).__name__ for one in part.defects if isinstance(one, _TRUNCATED)), "")
        for defect in part.defects[:_MAX_SHOWN]:
            if not isinstance(defect, _TRUNCATED):
                look.wrong("EMAIL-DEFECT", type(defect).__name__)
        if parts >= MAX_PARTS:
            look.unsure("EMAIL-TOO-LARGE", f"more than {MAX_PARTS} parts")
            return
    look.add("content-type", message.get_content_type())
    look.add("parts", parts)
    look.add("attachments", attachments)
    look.add("signed", message.get_content_type() == "multipart/signed")
    look.add("encrypted", message.get_content_type() in ("multipart/encrypted", "application/pkcs7-mime"))
    if truncated:
        # RFC 2046, 5.1.1. It may be cut off, or come from one of the many programs that forget the last boundary.
        look.unsure("EMAIL-BOUNDARY", truncated)
    look.well_formed()


def look_at_mbox(source: Source, look: Look) -> None:
    """Only headers are parsed: a folder may be larger than memory."""
    if source.size == 0:
        look.note("EMPTY-FILE", "a folder without messages")
        look.add("messages", 0, "messages")
        look.well_formed()
        return
    messages, without, header, in_header = 0, 0, bytearray(), False
    before = b""
    with open(source.path, "rb") as stream:
        while line := stream.readline(MAX_LINE):
            if not before.strip(b"\r\n") and _BEGINNING.match(line):
                messages += 1
                without += _lacks_headers(header) if messages > 1 else 0
                header.clear()
                in_header = True
            elif in_header and line.strip(b"\r\n"):
                header += line[:1000] if len(header) < _HEADER_BYTES else b""
            else:
                in_header = False
            before = line
    if messages == 0:
        look.invalid("MBOX-FROM", "does not begin with a line of From")
        return
    without += _lacks_headers(header)
    look.add("messages", messages, "messages")
    if without:
        look.wrong("EMAIL-NO-HEADERS", f"{without} messages")
    look.well_formed()


def _lacks_headers(header: bytearray) -> int:
    said = b"\n" + bytes(header).lower()
    return int(b"\nfrom:" not in said and b"\ndate:" not in said)
