"""The cookies: of a session, of a browser that was let in before, of a sign-in under way at an identity provider.

All are HttpOnly: no script reads them. Over TLS the session's has the prefix `__Host-`, so that no other host of the domain can
set it (RFC 6265bis, 4.1.3). They are Lax and not Strict, because whoever comes back from an identity provider comes from another
site; what changes anything is guarded by a token beside (`authentication`). `root` is the path below which a proxy serves us:
a browser sends a cookie only to the path that it was set for.
"""

from starlette.requests import HTTPConnection
from starlette.responses import Response

SESSION = "preservation_session"
DEVICE = "preservation_device"
PENDING = "preservation_oidc"

_HOST = "__Host-"
_DEVICE_SECONDS = 400 * 24 * 3600
_PENDING_SECONDS = 600
_MOST = 512
_SESSION_PATH = "/api/v1/session"
_OIDC_PATH = f"{_SESSION_PATH}/oidc"


def session_cookie(request: HTTPConnection, *, secure: bool) -> str | None:
    """The session's secret that a request carries. Over TLS only the one that no other host can have set."""
    return _short(request.cookies.get(_session_name(secure=secure)))


def device_cookie(request: HTTPConnection) -> str | None:
    return _short(request.cookies.get(DEVICE))


def pending_cookie(request: HTTPConnection) -> tuple[str, str, str] | None:
    """State, nonce and verifier of a sign-in under way."""
    found = (request.cookies.get(PENDING) or "")[:_MOST].split(".")
    return (found[0], found[1], found[2]) if len(found) == 3 and all(found) else None


def set_session(answer: Response, value: str, *, secure: bool) -> None:
    """Ends with the browser, if not before."""
    answer.set_cookie(_session_name(secure=secure), value, path="/", secure=secure, httponly=True, samesite="lax")


def set_device(answer: Response, root: str, value: str, *, secure: bool) -> None:
    answer.set_cookie(
        DEVICE,
        value,
        max_age=_DEVICE_SECONDS,
        path=f"{root}{_SESSION_PATH}",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def set_pending(answer: Response, root: str, *, state: str, nonce: str, verifier: str, secure: bool) -> None:
    answer.set_cookie(
        PENDING,
        f"{state}.{nonce}.{verifier}",
        max_age=_PENDING_SECONDS,
        path=f"{root}{_OIDC_PATH}",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def clear_session(answer: Response, *, secure: bool) -> None:
    answer.delete_cookie(_session_name(secure=secure), path="/", secure=secure, httponly=True, samesite="lax")


def clear_pending(answer: Response, root: str, *, secure: bool) -> None:
    answer.delete_cookie(PENDING, path=f"{root}{_OIDC_PATH}", secure=secure, httponly=True, samesite="lax")


def _session_name(*, secure: bool) -> str:
    return f"{_HOST if secure else ''}{SESSION}"


def _short(value: str | None) -> str | None:
    return value if value and len(value) <= _MOST else None
