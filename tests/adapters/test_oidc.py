"""OpenID Connect against a provider over real HTTP: what is believed, and what is not."""

import base64
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from preservation.adapters.oidc import OpenIDProvider
from preservation.domain.people import ExternalIdentity
from preservation.errors import NotAllowed, Unavailable
from tests.identity_provider import CLIENT, SECRET, Provider, identity_provider

HERE = "https://archive.example/api/v1/session/oidc/callback"
STATE, NONCE, VERIFIER = "s" * 43, "n" * 43, "v" * 43


@pytest.fixture
def provider() -> Iterator[Provider]:
    with identity_provider() as running:
        yield running


@pytest.fixture
def client(provider: Provider) -> Iterator[OpenIDProvider]:
    made = a_client(provider.issuer)
    yield made
    made.close()


def a_client(issuer: str, secret: str = SECRET) -> OpenIDProvider:
    return OpenIDProvider(issuer=issuer, client_id=CLIENT, client_secret=secret, redirect_url=HERE)


def come_in(
    provider: Provider, client: OpenIDProvider, *, nonce: str = NONCE, verifier: str = VERIFIER
) -> ExternalIdentity:
    address = client.start(state=STATE, nonce=NONCE, verifier=VERIFIER)
    return client.finish(provider.authorize(address)["code"], nonce=nonce, verifier=verifier)


def test_somebody_is_who_the_provider_says(provider: Provider, client: OpenIDProvider) -> None:
    found = come_in(provider, client)

    assert found == ExternalIdentity(issuer=provider.issuer, subject="42", name="lan", display_name="Nguyễn Thị Lan")


def test_the_browser_is_sent_with_state_nonce_and_challenge_and_no_secret(
    provider: Provider, client: OpenIDProvider
) -> None:
    address = client.start(state=STATE, nonce=NONCE, verifier=VERIFIER)

    query = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{provider.issuer}/authorize?")
    assert (query["state"], query["nonce"], query["redirect_uri"]) == ([STATE], [NONCE], [HERE])
    assert query["scope"] == ["openid profile email"]
    assert VERIFIER not in address
    assert SECRET not in address


@pytest.mark.parametrize("verified", [True, False, "true", None])
def test_an_address_counts_only_if_the_provider_verified_it(
    provider: Provider, client: OpenIDProvider, verified: object
) -> None:
    provider.person |= {"email": "lan@example.vn", "email_verified": verified}

    assert (come_in(provider, client).email is not None) == (verified is True)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "somebody-else"},
        {"aud": None},
        {"aud": [CLIENT, "another"]},
        {"azp": "somebody-else"},
        {"exp": -120},
        {"exp": None},
        {"iat": -3600},
        {"iat": 3600},
        {"iat": None},
        {"nbf": 3600},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": "a\nb"},
        {"nonce": None},
        {"nonce": "another"},
    ],
    ids=str,
)
def test_a_token_that_does_not_hold_lets_nobody_in(
    provider: Provider, client: OpenIDProvider, claims: dict[str, object]
) -> None:
    provider.claims = dict(claims)

    with pytest.raises(NotAllowed):
        come_in(provider, client)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": -20},
        {"iat": 30},
        {"aud": [CLIENT]},
        {"aud": [CLIENT, "another"], "azp": CLIENT},
    ],
    ids=["expired within the skew", "from a clock that is fast", "a list of one", "authorized party"],
)
def test_a_token_that_holds_lets_somebody_in(
    provider: Provider, client: OpenIDProvider, claims: dict[str, object]
) -> None:
    provider.claims = dict(claims)

    assert come_in(provider, client).subject == "42"


def test_a_token_signed_with_another_key_is_refused(provider: Provider, client: OpenIDProvider) -> None:
    provider.signing_key = generate_private_key(65537, 2048)

    with pytest.raises(NotAllowed):
        come_in(provider, client)


def test_a_token_that_is_not_signed_is_refused(provider: Provider, client: OpenIDProvider) -> None:
    provider.forge = lambda claims: f"{part({'alg': 'none', 'kid': 'first'})}.{part(claims)}."

    with pytest.raises(NotAllowed):
        come_in(provider, client)


def test_a_public_key_is_no_shared_secret(provider: Provider, client: OpenIDProvider) -> None:
    public = provider.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def forge(claims: dict[str, Any]) -> str:
        signed = f"{part({'alg': 'HS256', 'kid': 'first'})}.{part(claims)}"
        return f"{signed}.{base64url(hmac.digest(public, signed.encode(), 'sha256'))}"

    provider.forge = forge

    with pytest.raises(NotAllowed):
        come_in(provider, client)


def part(value: object) -> str:
    return base64url(json.dumps(value).encode())


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_a_key_that_was_rotated_is_found_and_a_forged_one_does_not_ask_without_end(
    provider: Provider, client: OpenIDProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_in(provider, client)
    monkeypatch.setattr("preservation.adapters.oidc._ANEW_SECONDS", 0.0)
    provider.rotate("second")
    assert come_in(provider, client).subject == "42"

    monkeypatch.setattr("preservation.adapters.oidc._ANEW_SECONDS", 60.0)
    before = provider.asked.count("/keys")
    provider.key_id = "third"
    for _ in range(5):
        with pytest.raises(NotAllowed):
            come_in(provider, client)
    assert provider.asked.count("/keys") == before


def test_a_code_is_worth_nothing_without_its_verifier_or_twice(provider: Provider, client: OpenIDProvider) -> None:
    with pytest.raises(NotAllowed):
        come_in(provider, client, verifier="w" * 43)
    address = client.start(state=STATE, nonce=NONCE, verifier=VERIFIER)
    code = provider.authorize(address)["code"]
    client.finish(code, nonce=NONCE, verifier=VERIFIER)

    with pytest.raises(NotAllowed):
        client.finish(code, nonce=NONCE, verifier=VERIFIER)


def test_another_browsers_nonce_is_refused(provider: Provider, client: OpenIDProvider) -> None:
    with pytest.raises(NotAllowed):
        come_in(provider, client, nonce="m" * 43)


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(provider: Provider) -> None:
    provider.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    client = a_client(provider.issuer)

    assert come_in(provider, client).subject == "42"
    client.close()


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://other.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": None},
        {"jwks_uri": 7},
        {"padding": "x" * (1 << 20)},
    ],
    ids=["another issuer", "no TLS", "no HTTP", "no endpoint", "no address", "too long"],
)
def test_a_provider_that_does_not_make_sense_is_as_good_as_away(
    provider: Provider, document: dict[str, object]
) -> None:
    provider.document = document
    client = a_client(provider.issuer)

    with pytest.raises(Unavailable):
        client.start(state=STATE, nonce=NONCE, verifier=VERIFIER)
    client.close()


def test_a_provider_that_is_not_there_does_not_answer() -> None:
    client = a_client("http://127.0.0.1:9")

    with pytest.raises(Unavailable):
        client.start(state=STATE, nonce=NONCE, verifier=VERIFIER)
    client.close()


def test_a_provider_in_trouble_is_not_a_refusal(provider: Provider, client: OpenIDProvider) -> None:
    provider.status = 500

    with pytest.raises(Unavailable):
        come_in(provider, client)


def test_a_public_client_sends_no_secret(provider: Provider) -> None:
    client = a_client(provider.issuer, secret="")

    # This provider wants one: what is shown is that none was sent.
    with pytest.raises(NotAllowed):
        come_in(provider, client)
    client.close()
