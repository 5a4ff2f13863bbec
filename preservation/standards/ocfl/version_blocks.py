"""One version's block of an inventory (OCFL 1.1, 3.5.3.1)."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from preservation.standards.ocfl.digests import in_lower_case
from preservation.standards.ocfl.paths import conflicts, has_outer_slash, is_safe
from preservation.standards.ocfl.report import Report
from preservation.standards.ocfl.timestamps import parse_timestamp

_KEYS = frozenset({"created", "state", "message", "user"})
_USER_KEYS = frozenset({"name", "address"})
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", re.ASCII)


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """What a block says; None for what is absent or not of its type. `state` maps logical paths to digests, lower case."""

    created: str | None
    message: str | None
    user_name: str | None
    user_address: str | None
    state: Mapping[str, str]


def read_version(name: str, block: object, manifest_digests: AbstractSet[str], report: Report) -> VersionDraft:
    """The block of the version of this name. `manifest_digests` are the manifest's keys as written."""
    if not isinstance(block, dict):
        report.add("E047", name)
        return VersionDraft(None, None, None, None, {})
    for key in block:
        if key not in _KEYS:
            report.add("E102", f"{name}: {key}")
    message = block.get("message")
    if message is None:
        report.add("W007", f"{name}: message")
    elif not isinstance(message, str):
        report.add("E094", name)
    user_name, user_address = _user(name, block, report)
    return VersionDraft(
        created=_created(name, block, report),
        message=message if isinstance(message, str) else None,
        user_name=user_name,
        user_address=user_address,
        state=_state(name, block, manifest_digests, report),
    )


def _created(name: str, block: Mapping[str, object], report: Report) -> str | None:
    created = block.get("created")
    if created is None:
        report.add("E048", f"{name}: created")
        return None
    if not isinstance(created, str):
        report.add("E049", f"{name}: {created}")
        return None
    try:
        parse_timestamp(created)
    except ValueError:
        report.add("E049", f"{name}: {created}")
    return created


def _user(name: str, block: Mapping[str, object], report: Report) -> tuple[str | None, str | None]:
    user = block.get("user")
    if user is None:
        report.add("W007", f"{name}: user")
        return None, None
    if not isinstance(user, dict):
        report.add("E054", name)
        return None, None
    for key in user:
        if key not in _USER_KEYS:
            report.add("E102", f"{name}: user: {key}")
    user_name, address = user.get("name"), user.get("address")
    if not isinstance(user_name, str) or not user_name:
        report.add("E054", name)
        user_name = None
    if address is None:
        report.add("W008", name)
    elif not isinstance(address, str):
        report.add("E054", name)
        address = None
    elif _URI.fullmatch(address) is None:
        report.add("W009", f"{name}: {address}")
    return user_name, address


def _state(
    name: str, block: Mapping[str, object], manifest_digests: AbstractSet[str], report: Report
) -> Mapping[str, str]:
    state = block.get("state")
    if state is None:
        report.add("E048", f"{name}: state")
        return {}
    if not isinstance(state, dict):
        report.add("E050", name)
        return {}
    by_path: dict[str, str] = {}
    for digest, paths in state.items():
        # Digests compare without case, but a key must be the manifest's to the letter.
        if digest not in manifest_digests:
            report.add("E050", f"{name}: {digest}")
        if not isinstance(paths, list):
            report.add("E050", f"{name}: {digest}")
            continue
        lower = in_lower_case(digest)
        for path in paths:
            if _is_logical_path(name, path, report):
                if path in by_path:
                    report.add("E095", f"{name}: {path}")
                by_path[path] = lower
    for path in conflicts(by_path):
        report.add("E095", f"{name}: {path}")
    return by_path


def _is_logical_path(name: str, path: object, report: Report) -> bool:
    if not isinstance(path, str):
        report.add("E051", f"{name}: {path}")
        return False
    if is_safe(path):
        return True
    report.add("E053" if path and has_outer_slash(path) else "E052", f"{name}: {path}")
    return False
