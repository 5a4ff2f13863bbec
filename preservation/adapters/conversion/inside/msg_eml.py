"""Make an e-mail of an Outlook message: {"source", "target"}.

Its own transport headers (RFC 5322) are kept where it has some, apart from those that say how the body is encoded; else
they are made of its properties. Bodies are plain and HTML, in UTF-8; attachments with their names; messages within as such.
"""

import email
import email.policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from preservation.adapters.conversion.inside import outlook
from preservation.adapters.conversion.inside.answers import arguments

_FIELDS = {1: "To", 2: "Cc", 3: "Bcc"}
# Headers that are about the message as it was sent, and not about how its parts were written.
_KEPT = ("Received", "Return-Path", "Message-ID", "In-Reply-To", "References", "Reply-To", "List-Id", "Importance")


def main() -> None:
    """Write the file."""
    told = arguments()
    message = made(outlook.read(str(told["source"])))
    Path(str(told["target"])).write_bytes(message.as_bytes(policy=email.policy.SMTP))


def made(source: outlook.OutlookMessage) -> EmailMessage:
    """The whole of it."""
    message = EmailMessage(policy=email.policy.SMTP)
    _headers(message, source)
    plain = source.texts.get("1000")
    if plain is not None or source.html is None:
        message.set_content(_lines(plain or ""), charset="utf-8", cte="base64")
        if source.html is not None:
            message.add_alternative(_lines(source.html), subtype="html", charset="utf-8", cte="base64")
    else:
        message.set_content(_lines(source.html), subtype="html", charset="utf-8", cte="base64")
    for one in source.attachments:
        if one.message is not None:
            message.add_attachment(made(one.message))
        else:
            major, _, minor = (
                one.mime if one.mime.count("/") == 1 and one.mime.isascii() else "application/octet-stream"
            ).partition("/")
            message.add_attachment(one.data, maintype=major, subtype=minor, filename=_printable(one.name))
    return message


def _headers(message: EmailMessage, source: outlook.OutlookMessage) -> None:
    sent = email.message_from_string(source.texts.get("007D", ""), policy=email.policy.compat32)
    for name in _KEPT:
        for value in sent.get_all(name, []):
            message[name] = _printable(str(value))
    if "Message-ID" not in message and source.texts.get("1035"):
        message["Message-ID"] = _printable(source.texts["1035"])
    message["Subject"] = _printable(source.texts.get("0037", ""))
    if source.sent is not None:
        message["Date"] = format_datetime(source.sent)
    sender = source.texts.get("5D01") or source.texts.get("0C1F") or ""
    message["From"] = [_address(source.texts.get("0C1A") or source.texts.get("0042") or "", sender)]
    for kind, field in _FIELDS.items():
        addresses = [_address(name, address) for number, name, address in source.recipients if number == kind]
        if addresses:
            message[field] = addresses


def _address(name: str, address: str) -> Address:
    """What is no address of e-mail, such as one within an Exchange server, becomes part of the name."""
    user, at, domain = address.rpartition("@")
    shown = _printable(name)
    if at and user and domain and address.isascii() and address.isprintable():
        try:
            return Address(shown, user, domain)
        except ValueError:
            return Address(f"{shown} <{_printable(address)}>", "unknown", "invalid")
    return Address(f"{shown} {_printable(address)}".strip() or "unknown", "unknown", "invalid")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _printable(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


if __name__ == "__main__":
    main()
