"""Compressed bytes to plain ones, a bounded piece at a time."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from preservation.adapters.packages.refusal import PIECE, Refused

# What a hostile xz stream may make the decoder allocate; xz -9 needs 65 MiB.
_XZ_MEMORY = 128 << 20


class Decompressor(Protocol):
    """What bz2 and lzma offer, and `_Inflater` makes of zlib."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Inflater:
    """zlib's decompressor with the manners of bz2's: what it could not take yet it keeps to itself."""

    def __init__(self, window_bits: int) -> None:
        self._zlib = zlib.decompressobj(window_bits)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail and not self._full

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        # A full piece may have left output inside although all input is consumed.
        self._full = len(out) == max_length and not self._zlib.eof
        return out


def _gzip() -> Decompressor:
    return _Inflater(31)


def _deflate() -> Decompressor:
    return _Inflater(-15)


def _xz() -> Decompressor:
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


COMPRESSED_TARS: dict[bytes, tuple[str, Callable[[], Decompressor]]] = {
    b"\x1f\x8b": ("tar.gz", _gzip),
    b"BZh": ("tar.bz2", bz2.BZ2Decompressor),
    b"\xfd7zXZ\x00": ("tar.xz", _xz),
}

# APPNOTE 6.3.10, 4.4.5; 0 is stored.
ZIP_METHODS: dict[int, Callable[[], Decompressor]] = {8: _deflate, 12: bz2.BZ2Decompressor}


def decompressed(
    pieces: Iterable[bytes], start: Callable[[], Decompressor], *, streams: int | None, path: str = ""
) -> Iterator[bytes]:
    """The plain bytes, in pieces of at most 1 MiB. Refused for what is malformed, cut short, or followed by something else.

    `streams` is how many compressed streams may follow each other; None for any number, with zero bytes as padding, as
    gzip, bzip2 and xz allow.
    """
    try:
        yield from _decompressed(pieces, start, streams, path)
    except (zlib.error, lzma.LZMAError, ValueError, EOFError, OSError) as error:
        raise Refused("PKG-CORRUPT", path, reason=str(error)) from error


def _decompressed(
    pieces: Iterable[bytes], start: Callable[[], Decompressor], streams: int | None, path: str
) -> Iterator[bytes]:
    decoder: Decompressor | None = None
    begun = 0
    for piece in pieces:
        rest = piece
        while rest or (decoder is not None and not decoder.eof and not decoder.needs_input):
            if decoder is None or decoder.eof:
                rest = rest.lstrip(b"\x00") if streams is None and begun else rest
                if not rest:
                    break
                if streams is not None and begun >= streams:
                    raise Refused("PKG-CORRUPT", path, reason="bytes after the end of the compressed data")
                decoder = start()
                begun += 1
            out = decoder.decompress(rest, PIECE)
            rest = decoder.unused_data if decoder.eof else b""
            if out:
                yield out
    if decoder is None or not decoder.eof:
        raise Refused("PKG-CORRUPT", path, reason="the compressed data ends too early")
