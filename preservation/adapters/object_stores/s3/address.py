"""Where an S3 replica is: `s3://BUCKET/PREFIX?endpoint=https://host:port&region=...&profile=...&lock=governance:3650`.

An address is kept in the ledger's texts, shown to people and written into logs: nothing secret may be in it.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from preservation.errors import WrongUse

AWS = "https://s3.amazonaws.com"
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?|https?://\[[0-9a-fA-F:]+\](?::[0-9]{1,5})?")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_PROFILE = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_LOCK = re.compile(r"(governance|compliance):([1-9][0-9]{0,4})")
_PREFIX = re.compile(r"(?!\.{1,2}(?:/|$))[^/\0-\x1f\x7f]+(?:/(?!\.{1,2}(?:/|$))[^/\0-\x1f\x7f]+)*")
_MOST_PREFIX_BYTES = 300


@dataclass(frozen=True, slots=True)
class Lock:
    """Object lock on content: `mode` is GOVERNANCE or COMPLIANCE, `days` how long from the time of writing."""

    mode: str
    days: int


@dataclass(frozen=True, slots=True)
class S3Address:
    """`prefix` is empty or ends with a slash. `profile` names the section of the credentials file, if not the default one."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    profile: str = ""
    lock: Lock | None = None

    @property
    def device(self) -> str:
        """What is shared with other replicas in the same bucket: one queue."""
        return f"s3:{self.endpoint}/{self.bucket}"

    @property
    def name(self) -> str:
        """How people know the place, for messages."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/") + f" at {self.endpoint}"

    @property
    def url(self) -> str:
        """The one way of writing it."""
        lock = f"{self.lock.mode.lower()}:{self.lock.days}" if self.lock else ""
        query = {"endpoint": self.endpoint, "region": self.region, "profile": self.profile, "lock": lock}
        written = urlencode({key: value for key, value in query.items() if value}, safe=":/[]")
        return f"s3://{self.bucket}/{quote(self.prefix.rstrip('/'))}?{written}"


def is_s3(url: str) -> bool:
    """Whether a URL, or what somebody typed for one, means a bucket."""
    return url.startswith("s3://")


def parse_address(url: str) -> S3Address:
    """The address. WrongUse says what is wrong with it, and never repeats what may be a secret."""
    try:
        parts = urlsplit(url)
        bucket = parts.netloc
        query = (
            dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True, max_num_fields=8))
            if parts.query
            else {}
        )
        prefix = "/".join(_unquoted(part) for part in parts.path.strip("/").split("/"))
    except ValueError as error:
        raise WrongUse("not the address of a bucket: s3://BUCKET/PREFIX?endpoint=https://host:port") from error
    if "@" in bucket or any("secret" in key.lower() or "key" in key.lower() for key in query):
        raise WrongUse("credentials never belong into an address: put them into the environment or a file")
    if parts.scheme != "s3" or parts.fragment or not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise WrongUse("not the address of a bucket: s3://BUCKET/PREFIX?endpoint=https://host:port")
    unknown = sorted(set(query) - {"endpoint", "region", "profile", "lock"})
    if unknown:
        raise WrongUse(f"an S3 address has endpoint, region, profile and lock; not {', '.join(unknown)}")
    if prefix and (not _PREFIX.fullmatch(prefix) or len(prefix.encode()) > _MOST_PREFIX_BYTES):
        raise WrongUse("the prefix of an S3 address is a relative path of printable names")
    endpoint = query.get("endpoint", AWS).rstrip("/")
    return S3Address(
        bucket=bucket,
        prefix=f"{prefix}/" if prefix else "",
        endpoint=_checked(endpoint, _ENDPOINT, "endpoint", "https://host or https://host:port"),
        region=_checked(query.get("region", "us-east-1"), _REGION, "region", "a region's name"),
        profile=_checked(query["profile"], _PROFILE, "profile", "a section's name") if query.get("profile") else "",
        lock=_lock(query["lock"]) if query.get("lock") else None,
    )


def _unquoted(part: str) -> str:
    name = unquote(part, errors="strict")
    if "/" in name:
        raise ValueError("an escaped slash")
    return name


def _checked(value: str, pattern: re.Pattern[str], what: str, wanted: str) -> str:
    if not pattern.fullmatch(value):
        raise WrongUse(f"the {what} of an S3 address must be {wanted}")
    return value


def _lock(value: str) -> Lock:
    match = _LOCK.fullmatch(value)
    if match is None:
        raise WrongUse("the lock of an S3 address is governance:DAYS or compliance:DAYS")
    return Lock(match[1].upper(), int(match[2]))
