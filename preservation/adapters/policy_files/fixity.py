"""`fixity.toml`: how often copies are checked, how fast, and when not; `policies/README.md` documents the keys."""

from types import MappingProxyType

from preservation.adapters.policy_files.toml_table import TomlTable
from preservation.domain.fixity_policy import FixityPolicy, Pace, ReplicaChecks
from preservation.domain.quiet_hours import QuietHours, quiet_hours

_LONGEST_DAYS = 36_500
_FASTEST_MIB = 1_000_000
_MOST_REQUESTS = 1_000_000


def fixity_policy(table: TomlTable) -> FixityPolicy:
    """The policy, all of the file's keys taken. Raises WrongUse naming the file and the key."""
    default = FixityPolicy()
    policy = FixityPolicy(
        window_days=table.whole_number("window_days", default=default.window_days, least=1, most=_LONGEST_DAYS),
        first_check_hours=table.whole_number("first_check_hours", default=default.first_check_hours, least=0, most=168),
        second_check_days=table.whole_number("second_check_days", default=default.second_check_days, least=0, most=365),
        slice_minutes=table.whole_number("slice_minutes", default=default.slice_minutes, least=1, most=240),
        pace=Pace(
            rate_mib=_rate(table),
            requests_per_second=_requests(table),
            quiet=_quiet(table) or (),
        ),
        replicas=_replicas(table.table("replicas")),
        collections=_collections(table.table("collections")),
    )
    table.refuse_the_rest()
    return policy


def _replicas(table: TomlTable) -> MappingProxyType[str, ReplicaChecks]:
    found = {}
    for name in table:
        section = table.table(name)
        found[name] = ReplicaChecks(
            window_days=section.optional_whole_number("window_days", least=1, most=_LONGEST_DAYS),
            rate_mib=_rate(section),
            requests_per_second=_requests(section),
            quiet=_quiet(section),
        )
        section.refuse_the_rest()
    return MappingProxyType(found)


def _collections(table: TomlTable) -> MappingProxyType[str, int]:
    found = {}
    for code in table:
        section = table.table(code)
        days = section.optional_whole_number("window_days", least=1, most=_LONGEST_DAYS)
        section.refuse_the_rest()
        if days is not None:
            found[code] = days
    return MappingProxyType(found)


def _rate(table: TomlTable) -> int | None:
    return table.optional_whole_number("rate_mib", least=1, most=_FASTEST_MIB)


def _requests(table: TomlTable) -> int | None:
    return table.optional_whole_number("requests_per_second", least=1, most=_MOST_REQUESTS)


def _quiet(table: TomlTable) -> tuple[QuietHours, ...] | None:
    """None where the key is left out."""
    stated = "quiet_hours" in list(table)
    texts = table.texts(
        "quiet_hours", lambda one: quiet_hours(one) is not None, 'hours of the day in UTC, "22:00-06:00"'
    )
    return tuple(hours for one in sorted(texts) if (hours := quiet_hours(one)) is not None) if stated else None
