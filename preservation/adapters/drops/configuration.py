"""`HOME/drops.toml`: the watched places of this installation. Who may open a bucket is never in it, but in the environment."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from preservation.adapters.drops.bucket import BucketPlace
from preservation.adapters.drops.folder import FolderPlace
from preservation.adapters.drops.objects import DropKeys, Objects
from preservation.domain.drops import SETTLE, BucketDrop, Drop, FolderDrop
from preservation.errors import Unavailable, WrongUse
from preservation.ports import Clock, DropPlace

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,49}\Z")
_ENDPOINT = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?\Z|\[[0-9A-Fa-f:]+\](?::[0-9]{1,5})?\Z")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
_COMMON = frozenset({"name", "agreement", "settle_seconds"})
_FOLDER_KEYS = _COMMON | {"folder"}
_BUCKET_KEYS = _COMMON | {"endpoint", "bucket", "prefix", "region", "secure"}
_MAX_BYTES = 1 << 20
_MAX_SECONDS = 7 * 24 * 3600


def read_drops(path: Path) -> Sequence[Drop]:
    """The watched places that a file names; none where there is no file. Raises WrongUse, Unavailable."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error
    if len(data) > _MAX_BYTES:
        raise WrongUse(f"{path}: larger than {_MAX_BYTES} bytes")
    try:
        values = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongUse(f"{path}: not a TOML document: {error}") from error
    rows = values.get("drop", [])
    if set(values) - {"drop"} or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise WrongUse(f"{path}: it holds [[drop]] tables and nothing else")
    drops = [_drop(f"{path}: drop {number}", row) for number, row in enumerate(rows, start=1)]
    _all_apart(path, drops)
    return drops


def open_place(drop: Drop, environment: Mapping[str, str], clock: Clock) -> DropPlace:
    """The place itself. WrongUse where nothing says who may open it."""
    if isinstance(drop, FolderDrop):
        return FolderPlace(drop.folder)
    keys = DropKeys(_secret(drop, "ACCESS_KEY", environment), _secret(drop, "SECRET_KEY", environment))
    return BucketPlace(Objects(drop, keys), clock)


def _drop(where: str, row: Mapping[str, object]) -> Drop:
    is_folder = "folder" in row
    allowed = _FOLDER_KEYS if is_folder else _BUCKET_KEYS
    for key in row:
        if key not in allowed:
            raise WrongUse(f"{where}: unknown key {key!r}; allowed are {', '.join(sorted(allowed))}")
    name, agreement = _text(where, row, "name"), _text(where, row, "agreement")
    if not _NAME.match(name):
        raise WrongUse(f"{where}: name = {name!r} is not allowed; lower-case letters, digits and dashes, 50 at most")
    settle = _settle(where, row)
    if is_folder:
        folder = _text(where, row, "folder")
        if not folder.startswith("/") or "\0" in folder:
            raise WrongUse(f"{where}: folder = {folder!r} is not allowed; it must be absolute")
        return FolderDrop(name=name, agreement=agreement, folder=folder, settle=settle)
    endpoint, bucket = _text(where, row, "endpoint"), _text(where, row, "bucket")
    if not _ENDPOINT.match(endpoint):
        raise WrongUse(
            f"{where}: endpoint = {endpoint!r} is not allowed; a host, and a port if need be, without http://"
        )
    if not _BUCKET.match(bucket):
        raise WrongUse(f"{where}: bucket = {bucket!r} is not a bucket's name")
    prefix = _text(where, row, "prefix", "")
    if prefix and (not prefix.endswith("/") or prefix.startswith("/") or ".." in prefix.split("/")):
        raise WrongUse(f"{where}: prefix = {prefix!r} is not allowed; it ends with a slash and does not begin with one")
    secure = row.get("secure", True)
    if not isinstance(secure, bool):
        raise WrongUse(f"{where}: secure = {secure!r} is not allowed; true or false")
    return BucketDrop(
        name=name,
        agreement=agreement,
        endpoint=endpoint,
        bucket=bucket,
        prefix=prefix,
        region=_text(where, row, "region", "us-east-1"),
        secure=secure,
        settle=settle,
    )


def _text(where: str, row: Mapping[str, object], key: str, default: str | None = None) -> str:
    value = row.get(key, default)
    if value is None:
        raise WrongUse(f"{where}: {key} is missing")
    if not isinstance(value, str) or (not value and default is None):
        raise WrongUse(f"{where}: {key} = {value!r} is not allowed; it must be a text")
    return value


def _settle(where: str, row: Mapping[str, object]) -> timedelta:
    value = row.get("settle_seconds", int(SETTLE.total_seconds()))
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_SECONDS:
        raise WrongUse(f"{where}: settle_seconds = {value!r} is not allowed; a whole number from 0 to {_MAX_SECONDS}")
    return timedelta(seconds=value)


def _all_apart(path: Path, drops: Sequence[Drop]) -> None:
    names = [one.name for one in drops]
    if len(set(names)) != len(names):
        raise WrongUse(f"{path}: two drops have the same name")
    places = [
        Path(one.folder) if isinstance(one, FolderDrop) else Path(one.endpoint, one.bucket, one.prefix) for one in drops
    ]
    for index, place in enumerate(places):
        if any(place.is_relative_to(other) or other.is_relative_to(place) for other in places[:index]):
            raise WrongUse(f"{path}: two drops share a place, {place}")


def _secret(drop: BucketDrop, key: str, environment: Mapping[str, str]) -> str:
    variable = f"PRESERVATION_DROP_{drop.name.upper().replace('-', '_')}_{key}"
    if environment.get(variable):
        return environment[variable]
    if environment.get(f"{variable}_FILE"):
        file = Path(environment[f"{variable}_FILE"])
        try:
            return file.read_text(encoding="utf-8").split("\n", 1)[0].strip()
        except OSError as error:
            raise Unavailable(f"{file}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise WrongUse(f"{file}: not text in UTF-8") from error
    raise WrongUse(f"the drop {drop.name} needs {variable}, or {variable}_FILE")
