"""Alarms by e-mail, against a mail server that is really there."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from preservation.adapters.alarms import email
from preservation.adapters.alarms.email import EmailChannel, SmtpSecurity, SmtpServer
from preservation.domain.alarms import AlarmMoment
from preservation.errors import Unavailable
from tests.adapters.alarm_messages import a_message
from tests.adapters.slow_server import SlowServer, slow_server

__all__ = ["slow_server"]

PASSWORD = "not a secret"  # noqa: S105 - of a server of our own
TO = ("archive@example.org", "night@example.org")


class Mailbox:
    """What came, and who is refused."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refused: set[str] = set()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"

    def mail(self) -> EmailMessage:
        (envelope,) = self.envelopes
        assert isinstance(envelope.content, bytes)
        return message_from_bytes(envelope.content, policy=policy.default)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    began = datetime.now(UTC) - timedelta(days=1)  # noqa: TID251 - a certificate is checked against the real time
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=3))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("mail") / "mail.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(encoding))
    return path


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def serve(mailbox: Mailbox, certificate: Path) -> Iterator[Callable[[SmtpSecurity], int]]:
    """Starts a server; its port."""
    started: list[Controller] = []

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        return AuthResult(success=(given.login, given.password) == (b"us", PASSWORD.encode()), handled=False)

    def start(security: SmtpSecurity) -> int:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        options: dict[str, Any] = {}
        if security is SmtpSecurity.TLS:
            options = {"ssl_context": context, "auth_require_tls": False}
        elif security is SmtpSecurity.STARTTLS:
            options = {"tls_context": context, "require_starttls": True}
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        server = Controller(mailbox, hostname="127.0.0.1", port=port, authenticator=check, **options)
        server.start()
        started.append(server)
        return port

    yield start
    for server in started:
        server.stop()


def channel(port: int, security: SmtpSecurity, certificate: Path | None = None, **more: Any) -> EmailChannel:
    server = SmtpServer(
        host="127.0.0.1",
        port=port,
        security=security,
        authorities=str(certificate) if certificate else None,
        **more,
    )
    return EmailChannel(server, sender="preservation@example.org", recipients=TO)


@pytest.mark.parametrize("security", [SmtpSecurity.TLS, SmtpSecurity.STARTTLS])
def test_a_mail_arrives_over_tls_after_signing_in(
    mailbox: Mailbox, serve: Callable[[SmtpSecurity], int], certificate: Path, security: SmtpSecurity
) -> None:
    channel(serve(security), security, certificate, user="us", password=PASSWORD).send(a_message())

    mail = mailbox.mail()
    assert mailbox.envelopes[0].rcpt_tos == list(TO)
    assert mail["Subject"] == "[preservation] error: ALARM-JOBS-LATE ingest raised"
    assert (mail["From"], mail["To"]) == ("preservation@example.org", ", ".join(TO))
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert "3 jobs wait. (raised, since 2026-11-22T12:00:00+00:00)" in text
    assert "3 công việc đang chờ. (phát sinh, từ 2026-11-22T12:00:00+00:00)" in text


def test_a_wrong_password_is_told_to_the_caller(serve: Callable[[SmtpSecurity], int], certificate: Path) -> None:
    port = serve(SmtpSecurity.STARTTLS)

    with pytest.raises(Unavailable, match="SMTPAuthenticationError"):
        channel(port, SmtpSecurity.STARTTLS, certificate, user="us", password=PASSWORD[1:]).send(a_message())


@pytest.mark.parametrize("security", [SmtpSecurity.TLS, SmtpSecurity.STARTTLS])
def test_a_server_that_cannot_prove_itself_gets_nothing(
    mailbox: Mailbox, serve: Callable[[SmtpSecurity], int], security: SmtpSecurity
) -> None:
    port = serve(security)

    with pytest.raises(Unavailable, match="SSLCertVerificationError"):
        channel(port, security).send(a_message())
    assert mailbox.envelopes == []


def test_a_server_without_tls_gets_nothing_where_tls_is_wanted(
    mailbox: Mailbox, serve: Callable[[SmtpSecurity], int]
) -> None:
    port = serve(SmtpSecurity.NONE)

    with pytest.raises(Unavailable):
        channel(port, SmtpSecurity.STARTTLS).send(a_message())
    assert mailbox.envelopes == []


def test_one_recipient_that_is_refused_does_not_keep_the_others_from_knowing(
    mailbox: Mailbox, serve: Callable[[SmtpSecurity], int]
) -> None:
    mailbox.refused = {TO[0]}
    port = serve(SmtpSecurity.NONE)
    channel(port, SmtpSecurity.NONE).send(a_message(AlarmMoment.CLEARED))

    assert mailbox.envelopes[0].rcpt_tos == [TO[1]]
    assert mailbox.mail()["Subject"].endswith("is over")
    mailbox.refused = set(TO)
    with pytest.raises(Unavailable, match="SMTPRecipientsRefused"):
        channel(port, SmtpSecurity.NONE).send(a_message())


def test_a_subject_cannot_add_a_header(mailbox: Mailbox, serve: Callable[[SmtpSecurity], int]) -> None:
    sent = channel(serve(SmtpSecurity.NONE), SmtpSecurity.NONE)
    sent.send(a_message(subject="replica\r\nBcc: all@example.org"))

    assert mailbox.mail()["Bcc"] is None
    assert "replica" in mailbox.mail()["Subject"]


def test_a_server_that_is_not_there_is_told_to_the_caller() -> None:
    with pytest.raises(Unavailable):
        channel(1, SmtpSecurity.NONE).send(a_message())


def test_a_mail_that_was_taken_is_not_sent_again_for_what_is_answered_to_the_farewell(slow_server: SlowServer) -> None:
    taken = (b"220 here\r\n", b"250 us\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 ok\r\n")
    slow_server.says(*taken, b"421 too many\r\n")
    channel(slow_server.port, SmtpSecurity.NONE).send(a_message())

    assert slow_server.heard[-1].upper() == b"QUIT"


def test_a_server_that_answers_letter_by_letter_is_not_waited_for(
    slow_server: SlowServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As some do to whoever sends too much: each letter comes long before any timeout of the socket."""
    monkeypatch.setattr(email, "SECONDS_IN_ALL", 1.0)
    answers = (b"220 mail.example.org at your service, in its own time\r\n", *[b"250 ok\r\n"] * 4, b"354 go\r\n")
    slow_server.says(*answers, b"250 ok\r\n", b"221 bye\r\n", pause=0.05)

    with pytest.raises(Unavailable):
        channel(slow_server.port, SmtpSecurity.NONE).send(a_message())


@pytest.mark.parametrize("given", [{"user": "us", "password": "mật khẩu"}, {"host": "mail..example.org"}])
def test_what_the_protocol_cannot_carry_is_told_to_the_caller(
    serve: Callable[[SmtpSecurity], int], certificate: Path, given: dict[str, str]
) -> None:
    port = serve(SmtpSecurity.TLS)
    server = {"host": "127.0.0.1", "port": port, "security": SmtpSecurity.TLS, "authorities": str(certificate)}
    sent = EmailChannel(SmtpServer(**{**server, **given}), sender="us@example.org", recipients=TO)  # type: ignore[arg-type]

    with pytest.raises(Unavailable):
        sent.send(a_message())
