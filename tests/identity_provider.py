"""A little OpenID provider over real HTTP: it signs with a fresh RSA key, and can be told to misbehave in one way."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

CLIENT, SECRET = "preservation", "s3cret/with+signs"


@dataclass(slots=True)
class Provider:
    """`claims` are put into the next ID token over the right ones; None removes one, and times are seconds from now.

    `document` changes the discovery; `forge` makes the token in another way.
    """

    issuer: str = ""
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "42", "preferred_username": "lan", "name": "Nguyễn Thị Lan"}
    )
    claims: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    key: RSAPrivateKey = field(default_factory=lambda: generate_private_key(65537, 2048))
    key_id: str = "first"
    signing_key: RSAPrivateKey | None = None
    forge: Callable[[dict[str, Any]], str] | None = None
    status: int = 200
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def rotate(self, key_id: str) -> None:
        self.key, self.key_id = generate_private_key(65537, 2048), key_id

    def authorize(self, address: str) -> dict[str, str]:
        """What a browser and its user do at the authorization endpoint: the query of the callback."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = f"code{len(self.codes)}"
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.document,
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{"kty": "oct", "kid": "odd"}, {**public, "kid": self.key_id, "use": "sig"}]}

    def token(self, form: dict[str, str], authorization: str | None) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = (
            base64.urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        )
        basic = "Basic " + base64.b64encode(b"preservation:s3cret%2Fwith%2Bsigns").decode()
        is_client = authorization == basic or form.get("client_secret") == SECRET
        if asked is None or asked["code_challenge"] != challenge or not is_client:
            return 400, {"error": "invalid_grant"}
        if asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        said = {
            name: now + value if name in ("exp", "iat", "nbf") and value is not None else value
            for name, value in self.claims.items()
        }
        whole = {**claims, **self.person, **said}
        kept = {name: value for name, value in whole.items() if value is not None}
        if self.forge is not None:
            return self.status, {"id_token": self.forge(kept)}
        token = jwt.encode(kept, self.signing_key or self.key, "RS256", headers={"kid": self.key_id})
        return self.status, {"id_token": token, "access_token": "x", "token_type": "Bearer"}


@contextmanager
def identity_provider() -> Iterator[Provider]:
    """One that listens on this machine as long as the block lasts."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            if self.path == "/.well-known/openid-configuration":
                self._answer(200, provider.configuration())
            elif self.path == "/keys":
                self._answer(200, provider.keys())
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.token(form, self.headers["Authorization"]))

        def _answer(self, status: int, value: object) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
