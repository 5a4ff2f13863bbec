"""Rules for formats as the text of `formats.toml`: for a person who reads them before they are put in force."""

import json
from collections.abc import Iterable, Sequence

from preservation.domain.format_rules import FormatRule, MigrationRule
from preservation.domain.registered_formats import puid_order


def formats_text(
    rules: Iterable[tuple[Sequence[str], FormatRule]],
    migrations: Iterable[MigrationRule],
    *,
    prefix: str,
    says_accept: bool = True,
) -> str:
    """A family for each rule, named with the prefix and a number, and each migration under its own name.

    Without `says_accept` the rules leave open what is accepted.
    """
    lines: list[str] = []
    for number, (puids, rule) in enumerate(rules, 1):
        lines += [
            f"[families.{prefix}-{number}]",
            f"puids = {_list(sorted(set(puids), key=puid_order))}",
            *([f"accept = {_text(rule.accept.value)}"] if says_accept else []),
            f"risk = {_text(rule.risk.value)}",
        ]
        lines += [f"reasons = {_list(rule.reasons)}"] if rule.reasons else []
        lines += ["preferred = true"] if rule.is_preferred else []
        lines.append("")
    for one in migrations:
        lines += [
            f"[migrations.{_text(one.name)}]",
            f"sources = {_list(sorted(one.sources, key=puid_order))}",
            f"target = {_text(one.target)}",
            f"recipe = {_text(one.recipe)}",
            f"when = {_text(one.when.value)}",
        ]
        lines += [f"parameters = {_table(one.parameters.items())}"] if one.parameters else []
        lines += [f"bounds = {_table(one.bounds.items())}"] if one.bounds else []
        lines += [f"collections = {_list(sorted(one.collections))}"] if one.collections else []
        lines.append("")
    return "\n".join(lines)


def _text(value: str | int) -> str:
    """A TOML basic string is written as a JSON one is."""
    return json.dumps(value, ensure_ascii=False)


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(_text(value) for value in values)}]"


def _table(items: Iterable[tuple[str, str | int]]) -> str:
    return "{ " + ", ".join(f"{_text(key)} = {_text(value)}" for key, value in sorted(items)) + " }"
