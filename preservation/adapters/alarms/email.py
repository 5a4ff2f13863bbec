"""Alarms by e-mail, in both languages, over SMTP (RFC 5321) with TLS: from the start, or by STARTTLS (RFC 3207)."""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from enum import StrEnum
from typing import Any

from preservation.adapters.alarms.deadline import Deadline
from preservation.domain.alarms import AlarmMessage, AlarmMoment
from preservation.domain.messages import visible
from preservation.errors import Unavailable

# For each answer, and for all of them.
SECONDS, SECONDS_IN_ALL = 15.0, 60.0
_RULER = "-- "
_MOMENTS = {
    AlarmMoment.RAISED: ("raised", "phát sinh"),
    AlarmMoment.REPEATED: ("goes on", "vẫn còn"),
    AlarmMoment.CLEARED: ("is over", "đã hết"),
}


class SmtpSecurity(StrEnum):
    """NONE is for a server on the same machine: what is sent can be read on the way."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where mail is handed over. `authorities` is a PEM file with the certificates to trust, None for the system's."""

    host: str
    port: int
    security: SmtpSecurity
    user: str = ""
    password: str = field(default="", repr=False)
    authorities: str | None = None


class EmailChannel:
    """One mail for each message, on a connection of its own. Safe to call from several threads."""

    def __init__(self, server: SmtpServer, *, sender: str, recipients: Sequence[str]) -> None:
        self._server = server
        self._sender = sender
        self._recipients = tuple(recipients)

    def send(self, message: AlarmMessage) -> None:
        mail = self._mail(message)
        try:
            with Deadline(SECONDS_IN_ALL) as deadline, self._connected(deadline) as smtp:
                # Where some recipients are refused, somebody was told: another attempt would tell them again and again.
                smtp.send_message(mail, self._sender, list(self._recipients))
        # A ValueError is a password or a host's name in letters that the protocol cannot carry.
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise Unavailable(f"the mail server did not take the message: {type(error).__name__}: {error}") from error

    def _mail(self, message: AlarmMessage) -> EmailMessage:
        alarm = message.alarm
        english, vietnamese = _MOMENTS[message.moment]
        mail = EmailMessage()
        mail["Subject"] = f"[preservation] {alarm.severity.value}: {visible(alarm.key)} {english}"
        mail["From"] = self._sender
        mail["To"] = ", ".join(self._recipients)
        mail["Date"] = format_datetime(message.time)
        mail["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2] or None)
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note is an answer to this
        since = alarm.since.isoformat(timespec="seconds")
        lines = [
            f"{message.texts['vi']} ({vietnamese}, từ {since})",
            "",
            f"{message.texts['en']} ({english}, since {since})",
            "",
            _RULER,
            visible(alarm.key),
            message.repository,
        ]
        mail.set_content("\n".join(lines) + "\n")
        return mail

    @contextmanager
    def _connected(self, deadline: Deadline) -> Iterator[smtplib.SMTP]:
        server = self._server
        context = ssl.create_default_context(cafile=server.authorities)
        if server.security is SmtpSecurity.TLS:
            smtp: _Watched = _WatchedTls(deadline, server.host, server.port, timeout=SECONDS, context=context)
        else:
            smtp = _Watched(deadline, server.host, server.port, timeout=SECONDS)
        try:
            if server.security is SmtpSecurity.STARTTLS:
                smtp.starttls(context=context)
            if server.user:
                smtp.login(server.user, server.password)
            yield smtp
            # What was taken is taken, whatever is answered to a farewell: it must not be sent again for that.
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
        finally:
            smtp.close()


class _Watched(smtplib.SMTP):
    """Its socket is the deadline's from the greeting on."""

    def __init__(self, deadline: Deadline, *arguments: Any, **more: Any) -> None:
        deadline.watch(lambda: self.sock)
        super().__init__(*arguments, **more)


class _WatchedTls(_Watched, smtplib.SMTP_SSL):
    """TLS from the start."""
