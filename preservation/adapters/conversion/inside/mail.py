"""An Outlook message compared with the e-mail made of it: {"before", "after", "other", "bounds"}.

`other` is what another program made of the same message. It loses letters beyond ASCII, and so only its attachments and its
plain letters count; the rest is what olefile reads.
"""

import email
import email.policy
import hashlib
import struct
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from preservation.adapters.conversion.inside import outlook
from preservation.adapters.conversion.inside.answers import Answer, arguments, number
from preservation.adapters.conversion.inside.words import likeness

_SECONDS = 60
_UNREADABLE = (OSError, ValueError, struct.error, IndexError, KeyError, TypeError, AttributeError)


def main() -> None:
    """Print the answer."""
    told = arguments()
    answer = Answer()
    bound = number(told.get("bounds"), "text", 0.98)
    after = _read(str(told["after"]))
    try:
        before = outlook.read(str(told["before"]))
    except _UNREADABLE as problem:
        answer.could_not(f"the source cannot be read: {type(problem).__name__}: {problem}")
    else:
        _compare(answer, before, after, bound)
        _compare_with(answer, _read(str(told["other"])), after, bound)
    answer.print()


def _read(path: str) -> EmailMessage:
    message: EmailMessage = email.message_from_bytes(Path(path).read_bytes(), policy=email.policy.default)
    return message


def _compare(
    answer: Answer, before: outlook.OutlookMessage, after: EmailMessage, bound: float, place: str = ""
) -> None:
    """`place` is "" for the message itself, else says which of those within."""
    if before.is_body_in_rtf_alone:
        answer.could_not(f"{place}the body is in RTF alone, which is not read here")
    answer.equal(f"{place}subject", _plain(before.texts.get("0037", "")), _plain(str(after.get("Subject", ""))))
    sender = before.texts.get("5D01") or before.texts.get("0C1F") or before.texts.get("0C1A") or ""
    said = str(after.get("From", ""))
    answer.demanded(f"{place}sender", sender, said, "in it", holds=_plain(sender).lower() in _plain(said).lower())
    for kind, field in ((1, "To"), (2, "Cc"), (3, "Bcc")):
        ours = sorted(address for number, _, address in before.recipients if number == kind and "@" in address)
        theirs = _addresses(after, field)
        answer.equal(f"{place}recipients ({field})", ours, [one for one in theirs if not one.endswith("@invalid")])
        count = sum(number == kind for number, _, _ in before.recipients)
        answer.equal(f"{place}number of recipients ({field})", count, len(theirs))
    if before.sent is not None:
        time = _time(after)
        holds = time is not None and abs((time - before.sent).total_seconds()) <= _SECONDS
        shown = time.isoformat() if time else "none"
        answer.demanded(f"{place}time", before.sent.isoformat(), shown, f"within {_SECONDS} s", holds=holds)
    for name, kind_of_body, text in (("body", "plain", before.texts.get("1000")), ("HTML body", "html", before.html)):
        if text is not None:
            alike = likeness(text, _body(after, kind_of_body))
            answer.at_least(f"{place}{name}", f"{len(text)} characters", alike, bound)
    own = sorted(f"{_plain(one.name)}: {_digest(one.data)}" for one in before.attachments if one.message is None)
    answer.equal(
        f"{place}attachments", own, sorted(f"{_plain(name)}: {digest}" for name, digest in _attachments(after))
    )
    _compare_within(answer, before, after, bound, place)


def _compare_within(
    answer: Answer, before: outlook.OutlookMessage, after: EmailMessage, bound: float, place: str
) -> None:
    """Messages attached to it, each for itself, in their order."""
    ours = [one.message for one in before.attachments if one.message is not None]
    theirs = [
        part.get_payload(0)
        for part in _parts(after)
        if part.get_content_type() == "message/rfc822" and part.is_multipart()
    ]
    answer.equal(f"{place}messages within", len(ours), len(theirs))
    for count, (one, other) in enumerate(zip(ours, theirs, strict=False), 1):
        if isinstance(other, EmailMessage):
            _compare(answer, one, other, bound, f"{place}message within {count}: ")
        else:
            answer.demanded(f"{place}message within {count}", "a message", "none", "readable", holds=False)


def _compare_with(answer: Answer, other: EmailMessage, after: EmailMessage, bound: float) -> None:
    """Against the other program's reading."""
    read = [sorted(digest for _, digest in _attachments(message)) for message in (other, after)]
    answer.equal("attachments, as the other program reads them", *read)
    plain = _ascii(_body(other, "plain"))
    if plain:
        alike = likeness(plain, _ascii(_body(after, "plain")))
        answer.at_least("body, as the other program reads its letters", f"{len(plain)} letters", alike, bound)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _ascii(text: str) -> str:
    """Letters and figures that no encoding can change; "?" stands for what was lost."""
    return "".join(one for one in text if one.isascii() and one.isalnum())


def _addresses(message: EmailMessage, field: str) -> list[str]:
    return sorted(one.addr_spec for value in message.get_all(field, []) for one in getattr(value, "addresses", ()))


def _time(message: EmailMessage) -> datetime | None:
    try:
        time = parsedate_to_datetime(str(message.get("Date", "")))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _body(message: EmailMessage, kind: str) -> str:
    part = (
        message.get_body(preferencelist=("plain",)) if kind == "plain" else message.get_body(preferencelist=("html",))
    )
    try:
        return str(part.get_content()) if part is not None else ""
    except (LookupError, UnicodeError):
        return ""


def _parts(message: EmailMessage) -> list[EmailMessage]:
    """Its parts in their order, without those of messages within."""
    found, waiting = [], [message]
    while waiting:
        one = waiting.pop()
        found.append(one)
        if one.is_multipart() and one.get_content_type() != "message/rfc822":
            waiting += reversed([part for part in one.iter_parts() if isinstance(part, EmailMessage)])
    return found


def _attachments(message: EmailMessage) -> list[tuple[str, str]]:
    """Names and digests of attached files."""
    found = []
    for part in _parts(message):
        is_file = part.get_filename() is not None or part.get_content_disposition() == "attachment"
        if is_file and not part.is_multipart() and part.get_content_type() != "message/rfc822":
            data = part.get_payload(decode=True)
            found.append((part.get_filename() or "", _digest(data if isinstance(data, bytes) else b"")))
    return found


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    main()
