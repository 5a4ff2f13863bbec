"""Two texts compared: {"before", "after", "encoding", "back"}.

The result must be UTF-8, and give the source's bytes when it is encoded as the source was: nothing was lost or guessed.
`back` is a file in which another program has done that, for encodings that Python does not have.
"""

import codecs
import unicodedata
from pathlib import Path

from preservation.adapters.conversion.inside.answers import Answer, arguments

_NAMES = ("utf-8", "utf-16", "windows-1258", "windows-1252", "iso-8859-1", "cp437", "macintosh", "utf-16le", "utf-16be")
_PYTHON = {"macintosh": "mac_roman", "iso-8859-1": "latin-1"}
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def main() -> None:
    """Print the answer."""
    told = arguments()
    answer = Answer()
    before = Path(str(told["before"])).read_bytes()
    try:
        text = Path(str(told["after"])).read_bytes().decode("utf-8")
    except UnicodeDecodeError as problem:
        answer.demanded("result", "UTF-8", str(problem), "UTF-8", holds=False)
        answer.print()
        return
    encoding = str(told["encoding"])
    if isinstance(told.get("back"), str):
        again = Path(str(told["back"])).read_bytes()
        answer.equal(f"bytes, put back into {encoding}", len(before), len(again))
        answer.equal("bytes that differ", 0, _differing(before, again))
    else:
        names = _NAMES if encoding == "auto" else (encoding,)
        found = next((name for name in names if _is_the_text(text, before, name)), None)
        answer.demanded(
            "bytes, put back",
            "the source's",
            f"equal in {found}" if found else "others",
            "equal in one encoding",
            holds=found is not None,
        )
    answer.told("characters", "", len(text))
    answer.print()


def _is_the_text(text: str, data: bytes, name: str) -> bool:
    """Windows-1258 writes a letter and its tone one after the other; as Unicode has them, they may be one letter."""
    ours = _decoded(data, name)
    if ours is None:
        return False
    plain = text.removeprefix("\ufeff")
    return plain == ours or (name == "windows-1258" and plain == unicodedata.normalize("NFC", ours))


def _decoded(data: bytes, name: str) -> str | None:
    """The text that these bytes are, if it gives the same bytes again. A byte order mark is no character of the text."""
    codec = _PYTHON.get(name, name)
    try:
        text = data.decode(codec)
        mark = next((one for one in _MARKS if data.startswith(one)), b"")
        plain = text.removeprefix("\ufeff")
        narrow = {codecs.BOM_UTF16_LE: "utf-16le", codecs.BOM_UTF16_BE: "utf-16be"}.get(mark, codec)
        again = plain.encode(narrow)
    except (UnicodeError, LookupError):
        return None
    return plain if again == data.removeprefix(mark) else None


def _differing(left: bytes, right: bytes) -> int:
    return sum(one != other for one, other in zip(left, right, strict=False)) + abs(len(left) - len(right))


if __name__ == "__main__":
    main()
