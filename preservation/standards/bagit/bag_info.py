"""bag-info.txt and its forerunner package-info.txt: labels and values (RFC 8493, 2.2.2)."""

import re
from collections.abc import Iterable

from preservation.domain.finding_log import FindingLog

MAX_BYTES = 16 << 20

Pairs = tuple[tuple[str, str], ...]

# RFC 8493, 2.2.2: these say one thing about the whole bag.
_SINGLE = frozenset({"bagging-date", "bag-size", "payload-oxum", "bag-group-identifier", "bag-count"})
_OXUM = re.compile(r"(\d{1,20})\.(\d{1,20})\Z")


def read_bag_info(numbered: Iterable[tuple[int, str]], path: str, *, is_rfc: bool, notes: FindingLog) -> Pairs:
    """The (label, value) pairs in order; a value continued on indented lines is joined with single spaces."""
    pairs: list[tuple[str, list[str]]] = []
    for number, line in numbered:
        if not line.strip():
            if line or number > 1:
                notes.warning("BAG-INFO-BLANK-LINE", path, line=str(number))
        elif line[0] in " \t":
            if not pairs:
                notes.error("BAG-INFO-MALFORMED", path, line=str(number))
            else:
                pairs[-1][1].append(line.strip())
        else:
            label, colon, value = line.partition(":")
            _check_label(label, colon, value, number=number, path=path, is_rfc=is_rfc, notes=notes)
            if colon and label.strip():
                pairs.append((label.strip(), [value.strip()]))
    result = tuple((label, " ".join(part for part in parts if part)) for label, parts in pairs)
    _check_repetition(result, path, notes)
    return result


def _check_label(
    label: str, colon: str, value: str, *, number: int, path: str, is_rfc: bool, notes: FindingLog
) -> None:
    if not colon or not label.strip():
        notes.error("BAG-INFO-MALFORMED", path, line=str(number))
    elif label != label.strip():
        report = notes.error if is_rfc else notes.warning
        report("BAG-INFO-LABEL-SPACE", path, line=str(number), label=label)
    elif is_rfc and value and value[0] not in " \t":
        notes.warning("BAG-INFO-NO-SPACE", path, line=str(number), label=label)


def _check_repetition(pairs: Pairs, path: str, notes: FindingLog) -> None:
    seen: set[str] = set()
    for label, _ in pairs:
        name = label.casefold()
        if name in _SINGLE and name in seen:
            notes.warning("BAG-INFO-REPEATED", path, label=label)
        seen.add(name)


def payload_oxum(pairs: Pairs, path: str, notes: FindingLog) -> list[tuple[int, int]]:
    """(octets, streams) of each Payload-Oxum; one that cannot be read is an error in the notes."""
    found = []
    for label, value in pairs:
        if label.casefold() == "payload-oxum":
            match = _OXUM.match(value)
            if match is None:
                notes.error("BAG-OXUM-MALFORMED", path, value=value)
            else:
                found.append((int(match.group(1)), int(match.group(2))))
    return found
