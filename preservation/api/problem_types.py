"""Every kind of problem that an answer can name (RFC 9457, 3.1.1). Each is documented at `/problems/<word>`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ProblemType:
    """`word` ends the type's address; `title` is the same for every occurrence; `meaning` says what to do about it."""

    word: str
    status: int
    title: str
    meaning: str

    @property
    def uri(self) -> str:
        return f"/problems/{self.word}"


MALFORMED = ProblemType(
    "malformed",
    400,
    "The request is not understood",
    "The message itself is broken, before anything in it was looked at.",
)
NOT_SIGNED_IN = ProblemType(
    "not-signed-in",
    401,
    "Sign in first",
    "The request carries no session and no token that holds. Sign in, or send `Authorization: Bearer` with a token.",
)
SIGN_IN_REFUSED = ProblemType(
    "sign-in-refused",
    401,
    "The sign-in was refused",
    "Name and password do not belong together, or the account is closed: which of these is never told. Ask an administrator for "
    "a new password if you have forgotten yours.",
)
CROSS_SITE = ProblemType(
    "cross-site",
    403,
    "The request does not prove that it comes from here",
    "A browser with a session repeats the session's `csrf_token` in the header `X-CSRF-Token` of every request that changes "
    "something, from a page of this very site.",
)
FORBIDDEN = ProblemType(
    "forbidden", 403, "This is not allowed to you", "Your roles do not contain the right that this request needs."
)
NOT_FOUND = ProblemType(
    "not-found", 404, "There is no such thing", "Nothing is known by this address, or nothing that you may see."
)
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed",
    405,
    "Not by this method",
    "The address exists; the header `Allow` names the methods it knows.",
)
TIMED_OUT = ProblemType(
    "timed-out", 408, "The request took too long to arrive", "Send it again, whole. Nothing was changed."
)
CONFLICT = ProblemType(
    "conflict",
    409,
    "The state does not allow it",
    "What was to be changed is not in the state that the request presumes. Read it again and decide anew.",
)
KEY_IN_USE = ProblemType(
    "idempotency-key-in-use",
    409,
    "A request with this Idempotency-Key is being answered",
    "Two requests with one key were sent at once; one of them is carried out. Send it again to get its answer.",
)
PRECONDITION_FAILED = ProblemType(
    "precondition-failed",
    412,
    "It is no longer what you saw",
    "The header `If-Match` names another state. Read it again.",
)
TOO_LARGE = ProblemType(
    "too-large",
    413,
    "The request is too large",
    "Its body is longer than this address takes. Packages are sent as uploads.",
)
UNSUPPORTED_MEDIA_TYPE = ProblemType(
    "unsupported-media-type", 415, "Not in this format", "The body's `Content-Type` is not one that this address reads."
)
BAD_RANGE = ProblemType(
    "bad-range",
    416,
    "There are no such bytes",
    "The range lies outside of the file; `Content-Range` tells how long it is.",
)
INVALID = ProblemType(
    "invalid-request",
    422,
    "The request does not say what it should",
    "`errors` names each part of the request that is missing or not allowed. Nothing was changed.",
)
WRONG_USE = ProblemType(
    "wrong-use",
    422,
    "The request makes no sense here",
    "It is well formed, but cannot be carried out; `detail` says why.",
)
AGREEMENT_BROKEN = ProblemType(
    "agreement-broken",
    422,
    "The submission agreement does not allow it",
    "`findings` names each rule that is broken. Nothing was made.",
)
BAD_CHECKSUM = ProblemType(
    "checksum-mismatch",
    460,
    "The bytes are not those of the checksum",
    "They were changed on the way and not kept. Send them again.",
)
TUS_VERSION = ProblemType(
    "tus-version",
    412,
    "This version of the upload protocol is not spoken here",
    "The header `Tus-Version` names the one that is.",
)
KEY_REUSED = ProblemType(
    "idempotency-key-reused",
    422,
    "This Idempotency-Key belongs to another request",
    "The key was used before with another method, address or body. Take a new key for a new request.",
)
UNSUITABLE_PASSWORD = ProblemType(
    "unsuitable-password",
    422,
    "This cannot be your password",
    "`findings` says why: fifteen characters at least, and not what anybody would try first. Nothing was changed.",
)
TOO_MANY_REQUESTS = ProblemType(
    "too-many-requests", 429, "Too much at once", "Wait as long as the header `Retry-After` says, then try again."
)
INTERNAL = ProblemType(
    "internal",
    500,
    "A mistake of this program",
    "It was logged under the id in `X-Request-ID`; give that to those who run the repository.",
)
UNAVAILABLE = ProblemType(
    "unavailable",
    503,
    "It could not be found out now",
    "A store, the database or a tool did not answer, or is busy. Nothing that was acknowledged is lost. Try again later.",
)
CONTENT_DAMAGED = ProblemType(
    "content-damaged",
    503,
    "No replica has the right bytes now",
    "What was read differs from what the ledger has on record, so none of it is given out. A check with repair was queued.",
)
NO_ROOM = ProblemType(
    "no-room", 507, "There is no room left", "A disk of the repository is full. Nothing that was acknowledged is lost."
)

PROBLEM_TYPES: Mapping[str, ProblemType] = MappingProxyType(
    {
        one.word: one
        for one in (
            MALFORMED,
            NOT_SIGNED_IN,
            SIGN_IN_REFUSED,
            CROSS_SITE,
            FORBIDDEN,
            NOT_FOUND,
            METHOD_NOT_ALLOWED,
            TIMED_OUT,
            CONFLICT,
            KEY_IN_USE,
            PRECONDITION_FAILED,
            TOO_LARGE,
            UNSUPPORTED_MEDIA_TYPE,
            BAD_RANGE,
            INVALID,
            WRONG_USE,
            AGREEMENT_BROKEN,
            BAD_CHECKSUM,
            TUS_VERSION,
            KEY_REUSED,
            UNSUITABLE_PASSWORD,
            TOO_MANY_REQUESTS,
            INTERNAL,
            UNAVAILABLE,
            CONTENT_DAMAGED,
            NO_ROOM,
        )
    }
)
