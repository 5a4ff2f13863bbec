"""`replication.toml`: what is demanded of copies, what their places are like, how much is repaired; `policies/README.md`."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from preservation.adapters.policy_files.toml_table import TomlTable
from preservation.domain.quiet_hours import QuietHours, quiet_hours
from preservation.domain.replication_policy import (
    RULE_KEYS,
    Medium,
    Peer,
    Place,
    Presence,
    RepairLimits,
    ReplicationPolicy,
    Rule,
)

_MOST_COPIES = 100
_MOST_DAYS = 36_500
_MOST_NAME = 100


def replication_policy(table: TomlTable) -> ReplicationPolicy:
    """The policy; the caller refuses what was not taken. Raises WrongUse naming the file and the key."""
    return ReplicationPolicy(
        rule=Rule().changed(_numbers(table)),
        collections=_collections(table.table("collections")),
        places=_places(table.table("replicas")),
        repair=_repair(table.table("repair")),
        peers=_peers(table.table("peers")),
    )


def _numbers(table: TomlTable) -> dict[str, int]:
    """The numbers of a rule that a table states."""
    found: dict[str, int] = {}
    for key in RULE_KEYS:
        least = 0 if key == "offline_or_locked" else 1
        value = table.optional_whole_number(key, least=least, most=_MOST_COPIES)
        if value is not None:
            found[key] = value
    return found


def _collections(table: TomlTable) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, Mapping[str, int]] = {}
    for code in table:
        one = table.table(code)
        found[code] = MappingProxyType(_numbers(one))
        one.refuse_the_rest()
    return MappingProxyType(found)


def _places(table: TomlTable) -> Mapping[str, Place]:
    found: dict[str, Place] = {}
    for name in table:
        one = table.table(name)
        found[name] = Place(
            medium=one.choice("medium", Medium, Medium.DISK),
            region=one.optional_text("region", most=_MOST_NAME) or "",
            organisation=one.optional_text("organisation", most=_MOST_NAME) or "",
            presence=one.choice("presence", Presence, Presence.ONLINE),
            locked=one.yes_or_no("locked", default=False),
            media_from=one.optional_date("media_from"),
            media_life_years=one.optional_whole_number("media_life_years", least=1, most=1000),
            report_days=one.whole_number("report_days", default=31, least=1, most=_MOST_DAYS),
            rate_mib=one.optional_whole_number("rate_mib", least=1, most=1 << 20),
            quiet_hours=_quiet_hours(one),
        )
        one.refuse_the_rest()
    return MappingProxyType(found)


def _quiet_hours(table: TomlTable) -> QuietHours | None:
    text = table.optional_text("quiet_hours")
    if text is None:
        return None
    found = quiet_hours(text)
    if found is None:
        table.refuse("quiet_hours", text, 'hours of the day in UTC such as "22:00-06:00"')
    return found


def _repair(table: TomlTable) -> RepairLimits:
    limits = RepairLimits()
    found = RepairLimits(
        most_per_day=table.whole_number("most_per_day", default=limits.most_per_day, least=1, most=1 << 40),
        most_share_percent=table.whole_number(
            "most_share_percent", default=limits.most_share_percent, least=1, most=100
        ),
        always=table.whole_number("always", default=limits.always, least=0, most=1 << 40),
        quarantine_days=table.whole_number("quarantine_days", default=limits.quarantine_days, least=1, most=_MOST_DAYS),
    )
    table.refuse_the_rest()
    return found


def _peers(table: TomlTable) -> Mapping[str, Peer]:
    found: dict[str, Peer] = {}
    for name in table:
        one = table.table(name)
        url = one.text("challenge_url", most=1000)
        if not _is_safe(url):
            one.refuse("challenge_url", url, "a URL that begins with https:// (with http:// on this machine alone)")
        found[name] = Peer(
            name=name,
            challenge_url=url,
            token_file=one.text("token_file", most=1000),
            every_days=one.whole_number("every_days", default=90, least=1, most=_MOST_DAYS),
        )
        one.refuse_the_rest()
    return MappingProxyType(found)


def _is_safe(url: str) -> bool:
    """Whether a token may be sent there."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    is_here = host in ("127.0.0.1", "::1", "localhost")
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_here))
