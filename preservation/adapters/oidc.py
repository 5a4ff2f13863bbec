"""Signing in by OpenID Connect: authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636). Keeps the promises of
`ports.IdentityProvider`.

What the provider says of itself (Discovery 1.0) and its keys are read when first needed, and again after an hour; a token that is
signed with a key that is not known makes them be read at once, at most every ten seconds.
"""

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import jwt

from preservation.domain.people import ExternalIdentity
from preservation.errors import NotAllowed, Unavailable

# None is left out on purpose, and so is every algorithm with a shared secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")

_MAX_BYTES = 1 << 20
_TIMEOUT_SECONDS = 10.0
_KEPT_SECONDS = 3600.0
_ANEW_SECONDS = 10.0
_SKEW_SECONDS = 60
_MAX_AGE_SECONDS = 600
_MAX_SUBJECT = 255  # Core 1.0, 2
_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider said of itself, with its keys by id."""

    authorization: str
    token: str
    keys: Mapping[str | None, jwt.PyJWK]
    post_secret: bool
    read: float


class OpenIDProvider:
    """Safe to call from several threads."""

    def __init__(self, *, issuer: str, client_id: str, client_secret: str, redirect_url: str) -> None:
        """`client_secret` is empty for a public client."""
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_url = redirect_url
        self._lock = Lock()
        self._known: _Known | None = None
        # Redirects are not followed: what is asked is asked of the address that was configured or told.
        self._http = httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def start(self, *, state: str, nonce: str, verifier: str) -> str:
        known = self._discovered()
        challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._client_id,
                "redirect_uri": self._redirect_url,
                "scope": "openid profile email",
                "state": state,
                "nonce": nonce,
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            },
            quote_via=quote,
        )
        return f"{known.authorization}{'&' if '?' in known.authorization else '?'}{query}"

    def finish(self, code: str, *, nonce: str, verifier: str) -> ExternalIdentity:
        claims = self._claims(self._id_token(code, verifier))
        found = claims.get("nonce")
        if not isinstance(found, str) or not compare_digest(found.encode(), nonce.encode()):
            raise NotAllowed("the identity provider's answer belongs to another sign-in")
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT or not subject.isprintable():
            raise NotAllowed("the identity provider names nobody")
        email = _text(claims, "email") if claims.get("email_verified") is True else None
        return ExternalIdentity(
            issuer=self._issuer,
            subject=subject,
            name=_text(claims, "preferred_username"),
            display_name=_text(claims, "name"),
            email=email,
        )

    def _id_token(self, code: str, verifier: str) -> str:
        known = self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_url,
            "code_verifier": verifier,
        }
        headers: dict[str, str] = {}
        if not self._client_secret:
            form["client_id"] = self._client_id
        elif known.post_secret:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        else:
            # RFC 6749, 2.3.1: both are form-encoded before they are joined.
            pair = f"{quote(self._client_id, safe='')}:{quote(self._client_secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        status, answer = self._ask("POST", known.token, data=form, headers=headers)
        token = answer.get("id_token")
        if status in (400, 401, 403):
            raise NotAllowed("the identity provider did not accept the sign-in")
        if status != httpx.codes.OK or not isinstance(token, str):
            raise Unavailable(f"the identity provider answered {status}")
        return token

    def _claims(self, token: str) -> Mapping[str, Any]:
        """Core 1.0, 3.1.3.7. NotAllowed for a token that does not hold."""
        try:
            head = jwt.get_unverified_header(token)
            key = self._key(head.get("kid"))
            if head.get("alg") not in ALGORITHMS or key is None:
                raise NotAllowed("the identity provider's answer is signed with no key that it names")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[head["alg"]],
                audience=self._client_id,
                issuer=self._issuer,
                leeway=_SKEW_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise NotAllowed("the identity provider's answer does not hold") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self._client_id:
            raise NotAllowed("the identity provider's answer is for somebody else")
        if time.time() - float(claims["iat"]) > _MAX_AGE_SECONDS + _SKEW_SECONDS:
            raise NotAllowed("the identity provider's answer is too old")
        return claims

    def _key(self, id: str | None) -> jwt.PyJWK | None:
        """The key of this id; where a token names none, the only one there is."""
        for anew in (False, True):
            keys = self._discovered(anew=anew).keys
            if id is None and len(keys) == 1:
                return next(iter(keys.values()))
            if id in keys:
                return keys[id]
        return None

    def _discovered(self, *, anew: bool = False) -> _Known:
        with self._lock:
            age = float("inf") if self._known is None else time.monotonic() - self._known.read
            if self._known is None or age > (_ANEW_SECONDS if anew else _KEPT_SECONDS):
                self._known = self._discover()
            return self._known

    def _discover(self) -> _Known:
        address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        status, said = self._ask("GET", address)
        if status != httpx.codes.OK or said.get("issuer") != self._issuer:
            raise Unavailable("the identity provider does not describe itself as the one that the settings name")
        status, jwks = self._ask("GET", self._endpoint(said, "jwks_uri"))
        methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return _Known(
            authorization=self._endpoint(said, "authorization_endpoint"),
            token=self._endpoint(said, "token_endpoint"),
            keys=_keys(jwks) if status == httpx.codes.OK else {},
            post_secret=isinstance(methods, list) and "client_secret_basic" not in methods,
            read=time.monotonic(),
        )

    def _endpoint(self, said: Mapping[str, Any], name: str) -> str:
        """Over TLS, or where the issuer itself is on this machine without."""
        address = said.get(name)
        if not isinstance(address, str):
            raise Unavailable(f"the identity provider does not tell its {name}")
        parts = urlsplit(address)
        is_local = parts.scheme == "http" and parts.hostname in _LOCAL and self._issuer.startswith("http://")
        if not (parts.scheme == "https" or is_local) or not parts.hostname:
            raise Unavailable(f"the identity provider's {name} is not reached over TLS")
        return address

    def _ask(self, method: str, address: str, **more: Any) -> tuple[int, Mapping[str, Any]]:
        """Status and JSON object. Unavailable if there is none, or if it is very long."""
        try:
            with self._http.stream(method, address, **more) as answer:
                data = bytearray()
                for chunk in answer.iter_bytes():
                    data += chunk
                    if len(data) > _MAX_BYTES:
                        raise Unavailable("the identity provider's answer is too long")
                value = httpx.Response(200, content=bytes(data)).json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Unavailable(f"the identity provider did not answer: {type(error).__name__}") from error
        if not isinstance(value, dict):
            raise Unavailable("the identity provider's answer is no object")
        return answer.status_code, value


def _keys(jwks: Mapping[str, Any]) -> dict[str | None, jwt.PyJWK]:
    """The public keys for signatures, by id. Others, and those of kinds that are not known, are passed over."""
    found: dict[str | None, jwt.PyJWK] = {}
    listed = jwks.get("keys")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("use", "sig") == "sig" and one.get("kty") in ("RSA", "EC", "OKP"):
            try:
                found[one.get("kid")] = jwt.PyJWK.from_dict(one)
            except (jwt.PyJWTError, ValueError, TypeError, KeyError):
                continue
    return found


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value[:400] if isinstance(value, str) and value else None
