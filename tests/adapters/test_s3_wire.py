"""One request and its answer: what is asked again, what is an answer, and what nobody may mistake for damage."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from minio.credentials.providers import StaticProvider

from preservation.adapters.object_stores.s3.abilities import Abilities
from preservation.adapters.object_stores.s3.address import parse_address
from preservation.adapters.object_stores.s3.bucket import NEW, Bucket
from preservation.adapters.object_stores.s3.credentials import provider_for, retrieve
from preservation.adapters.object_stores.s3.options import S3Options
from preservation.adapters.object_stores.s3.wire import Wire
from preservation.errors import NotHere, Unavailable
from tests.ceph_server import ACCESS_KEY, SECRET_KEY
from tests.s3_fault_proxy import Fault, FaultProxy, fault_proxy
from tests.s3_servers import Servers, s3_servers

__all__ = ["s3_servers"]

pytestmark = pytest.mark.s3

ALL = Abilities(create_only=True, replace_if=True, complete_only=True)
KEY = "ledger/tile/0/000"


@pytest.fixture(scope="module")
def proxy(s3_servers: Servers) -> Iterator[FaultProxy]:
    with fault_proxy(s3_servers.server("moto").endpoint) as found:
        yield found


@pytest.fixture
def bucket(s3_servers: Servers, proxy: FaultProxy) -> Bucket:
    address = s3_servers.server("moto").make_bucket(f"wire-{uuid4()}")
    through = replace(address, endpoint=proxy.endpoint)
    proxy.disarm()
    return Bucket(Wire(through, StaticProvider(ACCESS_KEY, SECRET_KEY), S3Options(seconds=1.0)), ALL)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(bucket: Bucket, proxy: FaultProxy, status: int) -> None:
    proxy.arm(0, Fault("answer", status))
    written = bucket.put(KEY, b"first", condition=NEW)

    assert written is not None
    assert proxy.seen == 2
    assert bucket.get(KEY)[0] == b"first"


@pytest.mark.parametrize(
    "fault", [Fault("answer", 500, True), Fault("drop", is_applied=True)], ids=lambda one: one.name
)
def test_a_write_that_was_done_and_not_answered_is_known_again_as_ours(
    bucket: Bucket, proxy: FaultProxy, fault: Fault
) -> None:
    proxy.arm(0, fault)
    written = bucket.put(KEY, b"first", condition=NEW)
    other = bucket.put(KEY, b"other", condition=NEW)

    assert written is not None
    assert other is None


def test_a_swap_that_was_done_and_not_answered_is_known_again_as_ours(bucket: Bucket, proxy: FaultProxy) -> None:
    first = bucket.put(KEY, b"first") or ""
    proxy.arm(0, Fault("drop", is_applied=True))
    second = bucket.put(KEY, b"second", condition=first)

    assert second is not None
    assert bucket.get(KEY)[1].etag == second


@pytest.mark.parametrize("status", [403, 409])
def test_a_refusal_is_not_asked_again(bucket: Bucket, proxy: FaultProxy, status: int) -> None:
    proxy.arm(0, Fault("answer", status))

    with pytest.raises(Unavailable, match=f"Injected{status}|{status}"):
        bucket.put(KEY, b"first", condition=NEW)
    assert proxy.seen == 1


def test_who_never_answers_is_unavailable_in_the_end(bucket: Bucket, proxy: FaultProxy) -> None:
    proxy.arm(0, Fault("answer", 503), for_good=True)

    with pytest.raises(Unavailable, match="503"):
        bucket.head(KEY)
    assert proxy.seen == 5


READINGS: dict[str, Callable[[Bucket], object]] = {
    "whole": lambda bucket: bucket.get(KEY),
    "in pieces": lambda bucket: bucket.open(KEY).readall(),
}


@pytest.mark.parametrize("reading", READINGS)
def test_a_body_that_ends_early_is_unavailable_and_never_looks_like_damage(
    bucket: Bucket, proxy: FaultProxy, reading: str
) -> None:
    bucket.put(KEY, bytes(300_000))
    proxy.arm(0, Fault("truncate"), for_good=True)

    with pytest.raises(Unavailable):
        READINGS[reading](bucket)


def test_what_is_refused_is_never_missing(bucket: Bucket, proxy: FaultProxy) -> None:
    bucket.put(KEY, b"first")
    proxy.arm(0, Fault("answer", 403), for_good=True)

    for operation in (lambda: bucket.get(KEY), lambda: bucket.open(KEY), lambda: bucket.head(KEY)):
        with pytest.raises(Unavailable, match="refuses us"):
            operation()
    proxy.disarm()
    with pytest.raises(NotHere):
        bucket.get("ledger/none")


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """Of an authority that nobody knows, for this machine: (certificate, key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "archive")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder / "certificate.pem", folder / "key.pem"


def test_a_server_is_believed_by_its_certificate_alone(s3_servers: Servers, tmp_path: Path) -> None:
    certificate, key = a_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = s3_servers.server("moto")
    address = server.make_bucket(f"wire-{uuid4()}")
    provider = StaticProvider(ACCESS_KEY, SECRET_KEY)
    with fault_proxy(server.endpoint, context) as proxy:
        secure = replace(address, endpoint=proxy.endpoint)
        trusting = Bucket(Wire(secure, provider, S3Options(ca_file=str(certificate))), ALL)
        wary = Wire(secure, provider, S3Options())

        assert trusting.put(KEY, bytes(100_000)) is not None
        assert trusting.get(KEY)[0] == bytes(100_000)
        with pytest.raises(Unavailable, match="SSL"):
            wary.call("GET", KEY, attempts=1)


def test_credentials_of_a_file_are_found_by_their_profile(tmp_path: Path) -> None:
    keys = tmp_path / "credentials"
    keys.write_text(
        "[default]\naws_access_key_id = a\naws_secret_access_key = b\n[far]\naws_access_key_id = c\n"
        "aws_secret_access_key = d\n"
    )
    options = S3Options(credentials_file=str(keys))

    assert retrieve(provider_for(parse_address("s3://archive"), options)).access_key == "a"
    assert retrieve(provider_for(parse_address("s3://archive?profile=far"), options)).access_key == "c"
    with pytest.raises(Unavailable, match="no credentials"):
        retrieve(provider_for(parse_address("s3://archive?profile=none"), options))
