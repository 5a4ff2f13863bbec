"""Where settings come from: the environment, a file that it names, or the home's `preservation.toml`; which says what."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from preservation.errors import Unavailable, WrongUse

_MAX_FILE_BYTES = 1 << 20
_MAX_SECRET_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class GivenSettings:
    """What the environment and the file say. A setting's variable is PRESERVATION_ and its key, unless another is named."""

    path: Path
    file: Mapping[str, object]
    environment: Mapping[str, str]

    def text(self, key: str, default: str, *, variable: str = "") -> str:
        return self._sourced(key, default, variable)[0]

    def one_of(self, key: str, default: str, allowed: tuple[str, ...], *, variable: str = "") -> str:
        value, source = self._sourced(key, default, variable)
        if value not in allowed:
            raise WrongUse(f"{source} = {value!r} is not allowed; it must be one of {', '.join(allowed)}")
        return value

    def url(self, key: str, default: str, beginnings: tuple[str, ...]) -> str:
        value, source = self._sourced(key, default, "")
        if value != default and not value.startswith(beginnings):
            # The value itself may hold a password.
            raise WrongUse(f"{source} is not allowed; it must begin with {', '.join(beginnings)}")
        return value

    def whole_number(self, key: str, default: int, most: int) -> int:
        value = self.environment.get(f"PRESERVATION_{key.upper()}") or str(self.file.get(key, default))
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= most:
            raise WrongUse(f"{key} = {value!r} is not allowed; it must be a whole number from 1 to {most}")
        return int(value)

    def _sourced(self, key: str, default: str, variable: str) -> tuple[str, str]:
        """The value, and where it comes from."""
        variable = variable or f"PRESERVATION_{key.upper()}"
        if self.environment.get(variable):
            return self.environment[variable], variable
        if self.environment.get(f"{variable}_FILE"):
            return _read_secret(Path(self.environment[f"{variable}_FILE"])), f"{variable}_FILE"
        value = self.file.get(key, default)
        if not isinstance(value, str):
            raise WrongUse(f"{self.path}: {key} = {value!r} is not allowed; it must be a text")
        return value, f"{self.path}: {key}"


def _read_secret(path: Path) -> str:
    """The first line of a file; what else is in it is nobody's. The value is never part of a message."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error
    try:
        return data.decode("utf-8").split("\n", 1)[0].strip()
    except UnicodeDecodeError as error:
        raise WrongUse(f"{path}: not text in UTF-8") from error


def read_file(path: Path, allowed: Sequence[str]) -> Mapping[str, object]:
    """What a home's file sets; nothing if there is none. WrongUse for other keys than those, Unavailable if it is unreadable."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error
    if len(data) > _MAX_FILE_BYTES:
        raise WrongUse(f"{path}: larger than {_MAX_FILE_BYTES} bytes")
    try:
        values = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongUse(f"{path}: not a TOML document: {error}") from error
    for key in values:
        if key not in allowed:
            raise WrongUse(f"{path}: unknown key {key!r}; allowed are {', '.join(allowed)}")
    return values
