"""Tables of TOML files that people wrote: each key is checked as it is taken, and what nobody takes is refused by name."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

from preservation.errors import Unavailable, WrongUse

# What people write here is a page that others read; anything longer is not one.
MAX_FILE_BYTES = 1 << 20

_Choice = TypeVar("_Choice", bound=StrEnum)


class TomlTable:
    """The keys of one file. Each is taken once; what nobody takes is unknown."""

    def __init__(self, path: Path, values: Mapping[str, object], *, within: str = "") -> None:
        self._path = path
        self._values = values
        self._within = within
        self._taken: list[str] = []

    def whole_number(self, key: str, *, default: int, least: int, most: int) -> int:
        value = self._take(key, default)
        # bool is an int to Python, never to a reader of the file.
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self._refuse(key, value, f"a whole number from {least} to {most}")
        return value

    def choice(self, key: str, make: Callable[[str], _Choice], default: _Choice) -> _Choice:
        value = self._take(key, default.value)
        allowed = [member.value for member in type(default)]
        if not isinstance(value, str) or value not in allowed:
            self._refuse(key, value, "one of " + ", ".join(f'"{word}"' for word in allowed))
        return make(value)

    def optional_whole_number(self, key: str, *, least: int, most: int) -> int | None:
        """None where the key is left out."""
        if key in self._values:
            return self.whole_number(key, default=least, least=least, most=most)
        self._taken.append(key)
        return None

    def text(self, key: str, *, most: int = 500) -> str:
        """A text that has to be there, on one line and not empty."""
        value = self._take(key, None)
        if not isinstance(value, str) or not value.strip() or len(value) > most or not value.isprintable():
            self._refuse(key, value, f"a text on one line, of {most} characters at most")
        return value

    def optional_text(self, key: str, *, most: int = 500) -> str | None:
        """None where the key is left out."""
        if key in self._values:
            return self.text(key, most=most)
        self._taken.append(key)
        return None

    def optional_date(self, key: str) -> date | None:
        """A date as TOML writes it (2026-11-23), None where the key is left out."""
        value = self._take(key, None)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            self._refuse(key, value, "a date such as 2026-11-23, without quotes")
        return value

    def refuse(self, key: str, value: object, allowed: str) -> NoReturn:
        """WrongUse for a value that its taker finds wrong."""
        self._refuse(key, value, allowed)

    def yes_or_no(self, key: str, *, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            self._refuse(key, value, "true or false")
        return value

    def texts(self, key: str, is_allowed: Callable[[str], bool], what: str) -> frozenset[str]:
        """A list of texts, empty where the key is left out."""
        values = self._take(key, [])
        if not isinstance(values, list) or not all(isinstance(one, str) and is_allowed(one) for one in values):
            self._refuse(key, values, f"a list of {what}")
        return frozenset(values)

    def sentences(self, key: str, *, most: int = 500) -> tuple[str, ...]:
        """A list of texts of one line each, in the order in which they were written; empty where the key is left out."""
        values = self._take(key, [])
        if not isinstance(values, list) or not all(
            isinstance(one, str) and one.strip() and len(one) <= most and one.isprintable() for one in values
        ):
            self._refuse(key, values, f"a list of texts, each on one line, of {most} characters at most")
        return tuple(values)

    def words_and_numbers(self, key: str) -> dict[str, str | int]:
        """A table whose values are texts and whole numbers, empty where it is left out."""
        values = self._take(key, {})
        if not isinstance(values, dict) or not all(
            isinstance(one, str | int) and not isinstance(one, bool) for one in values.values()
        ):
            self._refuse(key, values, "a table of texts and whole numbers")
        return dict(values)

    def table(self, key: str) -> "TomlTable":
        """A table within this one, empty where it is left out."""
        values = self._take(key, {})
        if not isinstance(values, dict):
            self._refuse(key, values, "a table")
        return TomlTable(self._path, values, within=f"{self._within}{key}.")

    def __iter__(self) -> Iterator[str]:
        """Its keys, as they were written."""
        return iter(self._values)

    def refuse_the_rest(self) -> None:
        for key in self._values:
            if key not in self._taken:
                raise WrongUse(
                    f"{self._path}: unknown key {self._within + key!r}; allowed are {', '.join(self._taken)}"
                )

    def _take(self, key: str, default: object) -> object:
        self._taken.append(key)
        return self._values.get(key, default)

    def _refuse(self, key: str, value: object, allowed: str) -> NoReturn:
        raise WrongUse(f"{self._path}: {self._within}{key} = {value!r} is not allowed; it must be {allowed}")


def parse(path: Path, data: bytes) -> TomlTable:
    """The outermost table of a file. WrongUse if it is no TOML document in UTF-8."""
    try:
        return TomlTable(path, tomllib.loads(data.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongUse(f"{path}: not a TOML document: {error}") from error


def read_file(path: Path) -> bytes:
    """A whole file. Unavailable if it cannot be read, WrongUse if it is longer than a policy is."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise WrongUse(f"{path}: larger than {MAX_FILE_BYTES} bytes")
    return data
