"""The registered OCFL extensions, their settings, and the layouts that they define.

https://ocfl.github.io/extensions/; "Storage Root Extensions", 4.4, and "Object Extensions", 3.9, of OCFL 1.1.
"""

from collections.abc import Callable, Mapping
from typing import Final

from preservation.standards.ocfl.clean_paths import DirectCleanPath
from preservation.standards.ocfl.digests import is_known
from preservation.standards.ocfl.json_documents import JsonRefused, read_json
from preservation.standards.ocfl.layouts import (
    DifferentialNTupleOmitPrefix,
    FlatDirect,
    FlatOmitPrefix,
    HashAndIdNTuple,
    HashAndNoPrefixIdNTuple,
    HashedNTuple,
    Layout,
    NTupleOmitPrefix,
)

_MAX_SETTINGS_BYTES: Final = 1 << 20
_MAX_LENGTH: Final = 65_535


class InvalidSettings(ValueError):
    """An extension's config.json is missing, is not JSON, names another extension, or asks for what is not allowed."""


class Settings:
    """The members of a config.json, each read once with its type, its bounds and its default."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def text(self, key: str, default: str) -> str:
        value = self._values.get(key, default)
        if not isinstance(value, str):
            raise InvalidSettings(f"{key} is not a text")
        return value

    def delimiter(self) -> str:
        value = self.text("delimiter", ":")
        if not value:
            raise InvalidSettings("delimiter is empty")
        return value

    def digest(self, key: str, default: str) -> str:
        value = self.text(key, default)
        if not is_known(value):
            raise InvalidSettings(f"{key} is not a known algorithm")
        return value

    def number(self, key: str, default: int, *, least: int = 0, most: int = 32) -> int:
        value = self._values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise InvalidSettings(f"{key} is not an integer from {least} to {most}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._values.get(key, default)
        if not isinstance(value, bool):
            raise InvalidSettings(f"{key} is neither true nor false")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.text(key, choices[0])
        if value not in choices:
            raise InvalidSettings(f"{key} is none of {', '.join(choices)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise InvalidSettings(f"{key} is not a list of texts")
        return tuple(value)

    def sizes(self, key: str, default: tuple[int, ...]) -> tuple[int, ...]:
        value = self._values.get(key, list(default))
        if not isinstance(value, list) or not value or not all(type(item) is int and 0 < item <= 255 for item in value):
            raise InvalidSettings(f"{key} is not a list of sizes")
        return tuple(value)

    def tuples(self, *, least: int = 0) -> tuple[int, int]:
        size = self.number("tupleSize", 3, least=least)
        count = self.number("numberOfTuples", 3, least=least)
        if (size == 0) != (count == 0):
            raise InvalidSettings("tupleSize and numberOfTuples must be 0 together")
        return size, count


def read_settings(extension: str, data: bytes | None) -> Settings:
    """An extension's config.json. InvalidSettings unless it is a JSON object that names this extension."""
    if data is None:
        raise InvalidSettings("there is no config.json")
    try:
        document = read_json(data, max_bytes=_MAX_SETTINGS_BYTES)
    except JsonRefused as refusal:
        raise InvalidSettings(str(refusal)) from None
    if not isinstance(document, dict):
        raise InvalidSettings("not a JSON object")
    if document.get("extensionName") != extension:
        raise InvalidSettings("extensionName is not the name of its folder")
    return Settings(document)


def layout(extension: str, settings: Settings) -> Layout | None:
    """The layout that a registered extension defines; None where it defines none. InvalidSettings."""
    build = _LAYOUTS.get(extension)
    return build(settings) if build else None


def is_registered(extension: str) -> bool:
    """Whether the name is one that the community has registered."""
    return extension in _LAYOUTS or extension in _OTHERS


def is_layout(extension: str) -> bool:
    """Whether the name is that of a registered storage layout."""
    return extension in _LAYOUTS


def _hash_and_id(settings: Settings) -> Layout:
    algorithm = settings.digest("digestAlgorithm", "sha256")
    size, count = settings.tuples()
    return HashAndIdNTuple(algorithm, size, number_of_tuples=count)


def _hashed(settings: Settings) -> Layout:
    algorithm = settings.digest("digestAlgorithm", "sha256")
    size, count = settings.tuples()
    short = settings.flag("shortObjectRoot", default=False)
    return HashedNTuple(algorithm, size, number_of_tuples=count, short_object_root=short)


def _n_tuple_omit_prefix(settings: Settings) -> Layout:
    size, count = settings.tuples(least=1)
    return NTupleOmitPrefix(
        settings.delimiter(),
        size,
        number_of_tuples=count,
        zero_padding=settings.choice("zeroPadding", ("left", "right")),
        reverse_object_root=settings.flag("reverseObjectRoot", default=False),
    )


def _differential(settings: Settings) -> Layout:
    return DifferentialNTupleOmitPrefix(
        settings.sizes("tupleSegmentSizes", (3, 4)),
        settings.delimiter(),
        full_identifier_as_object_root=settings.flag("fullIdentifierAsObjectRoot", default=True),
    )


def _clean(settings: Settings) -> Layout:
    return DirectCleanPath(
        settings.number("maxPathSegmentLen", 127, least=1, most=_MAX_LENGTH),
        settings.number("maxPathnameLen", 32000, least=1, most=_MAX_LENGTH),
        encode_utf=settings.flag("encodeUTF", default=False),
        replacement_string=settings.text("replacementString", "_"),
        whitespace_replacement_string=settings.text("whitespaceReplacementString", " "),
        fallback_digest_algorithm=settings.digest("fallbackDigestAlgorithm", "md5"),
        fallback_folder=settings.text("fallbackFolder", "fallback"),
        number_of_fallback_tuples=settings.number("numberOfFallbackTuples", 0),
        fallback_tuple_size=settings.number("fallbackTupleSize", 1, least=1),
    )


def _no_prefix(settings: Settings) -> Layout:
    algorithm = settings.digest("digestAlgorithm", "sha256")
    size, count = settings.tuples()
    return HashAndNoPrefixIdNTuple(algorithm, size, number_of_tuples=count, delimiters=settings.texts("delimiters"))


_LAYOUTS: Final[Mapping[str, Callable[[Settings], Layout]]] = {
    "0002-flat-direct-storage-layout": lambda _: FlatDirect(),
    "0003-hash-and-id-n-tuple-storage-layout": _hash_and_id,
    "0004-hashed-n-tuple-storage-layout": _hashed,
    "0006-flat-omit-prefix-storage-layout": lambda settings: FlatOmitPrefix(settings.delimiter()),
    "0007-n-tuple-omit-prefix-storage-layout": _n_tuple_omit_prefix,
    "0010-differential-n-tuple-omit-prefix-storage-layout": _differential,
    "0011-direct-clean-path-layout": _clean,
    "0012-hash-and-no-prefix-id-n-tuple-storage-layout": _no_prefix,
}
_OTHERS: Final = frozenset(
    {"0001-digest-algorithms", "0005-mutable-head", "0008-schema-registry", "0009-digest-algorithms", "initial"}
)
