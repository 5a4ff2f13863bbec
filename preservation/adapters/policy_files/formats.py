"""`formats.toml` and the lists that it switches on: rules by PUID and family, migrations; `policies/README.md` has the keys."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from preservation.adapters.policy_files.toml_table import TomlTable, parse, read_file
from preservation.domain.examination_policy import ExaminationPolicy, VirusPolicy, VirusScan
from preservation.domain.examinations import Kind
from preservation.domain.format_policy_check import circles
from preservation.domain.format_rules import (
    AcceptFormat,
    Approval,
    FormatRule,
    FormatRules,
    MigrateWhen,
    MigrationRule,
    MigrationTerms,
    Risk,
)
from preservation.domain.policies import FormatEngine, FormatPolicy, SecondOpinion
from preservation.domain.quiet_hours import QuietHours, quiet_hours
from preservation.errors import WrongUse

LIST_PREFIX: Final = "formats-"
PUID: Final = re.compile(r"(?:x-)?fmt/[1-9][0-9]{0,5}\Z")

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\Z")
_PUIDS = "PRONOM identifiers such as fmt/95"
_MOST_FILES = 1 << 40
_NO_OTHER_RULE = AcceptFormat.ACCEPT


@dataclass(slots=True)
class _Layer:
    """What one file states: for each PUID the keys of its rule, families before single formats."""

    families: dict[str, frozenset[str]] = field(default_factory=dict)
    stated: dict[str, dict[str, object]] = field(default_factory=dict)
    unknown: AcceptFormat | None = None
    other: AcceptFormat | None = None


def is_list_name(stem: str) -> bool:
    """Whether a policy file's name without `.toml` is that of a list of formats ("formats-vietnam")."""
    return stem.startswith(LIST_PREFIX) and _NAME.match(stem.removeprefix(LIST_PREFIX)) is not None


def format_policy(path: Path, table: TomlTable) -> FormatPolicy:
    """The policy; the caller refuses what was not taken. Raises WrongUse naming the file and the key."""
    own = _layer(path, table)
    names = table.texts("lists", lambda one: _NAME.match(one) is not None, "names of lists of formats")
    lists = [_list(path, name) for name in sorted(names)]
    migrations = tuple(_migrations(path, table.table("migrations"), own.families))
    for circle in circles(migrations):
        raise WrongUse(f"{path}: migrations: they go in a circle: {' -> '.join(circle)}")
    return FormatPolicy(
        first=table.choice("first", FormatEngine, FormatEngine.SIEGFRIED),
        second=table.choice("second", SecondOpinion, SecondOpinion.DOUBTFUL),
        rules=_rules([*lists, own]),
        migrations=migrations,
        examination=_examination(table.table("examination")),
        viruses=_viruses(table.table("viruses")),
        migration=_terms(table.table("migration")),
    )


def _list(path: Path, name: str) -> _Layer:
    file = path.with_name(f"{LIST_PREFIX}{name}.toml")
    if not file.exists():
        raise WrongUse(f"{path}: lists: there is no {file.name} beside it")
    table = parse(file, read_file(file))
    layer = _layer(file, table)
    table.refuse_the_rest()
    return layer


def _layer(path: Path, table: TomlTable) -> _Layer:
    layer = _Layer(unknown=_accept(table, "accept_unknown"), other=_accept(table, "accept_other"))
    from_family: dict[tuple[str, str], str] = {}
    families, formats = table.table("families"), table.table("formats")
    for name in families:
        family = families.table(name)
        if not _NAME.match(name):
            raise WrongUse(f"{path}: families.{name}: a name has lower-case letters, digits and dashes; 60 at most")
        layer.families[name] = family.texts("puids", lambda one: PUID.match(one) is not None, _PUIDS)
        rule = _stated(family)
        family.refuse_the_rest()
        for puid in sorted(layer.families[name]):
            for key in rule:
                other = from_family.setdefault((puid, key), name)
                if other != name:
                    raise WrongUse(f"{path}: families.{name}.{key}: families.{other} states it for {puid} already")
            layer.stated.setdefault(puid, {}).update(rule)
    for puid in formats:
        if not PUID.match(puid):
            raise WrongUse(f'{path}: formats."{puid}": not a PRONOM identifier such as fmt/95')
        section = formats.table(puid)
        layer.stated.setdefault(puid, {}).update(_stated(section))
        section.refuse_the_rest()
    return layer


def _stated(table: TomlTable) -> dict[str, object]:
    """The keys of a rule that a table states, as fields of a FormatRule."""
    written = set(table)
    found: dict[str, object] = {
        "accept": table.choice("accept", AcceptFormat, AcceptFormat.ACCEPT),
        "risk": table.choice("risk", Risk, Risk.UNKNOWN),
        "reasons": table.sentences("reasons"),
        "is_preferred": table.yes_or_no("preferred", default=False),
    }
    names = {"is_preferred": "preferred"}
    return {key: value for key, value in found.items() if names.get(key, key) in written}


def _accept(table: TomlTable, key: str) -> AcceptFormat | None:
    is_stated = key in set(table)
    value = table.choice(key, AcceptFormat, AcceptFormat.ACCEPT)
    return value if is_stated else None


def _rules(layers: list[_Layer]) -> FormatRules:
    """Later layers go before earlier ones, key by key; reasons come together."""
    stated: dict[str, dict[str, object]] = {}
    families: dict[str, frozenset[str]] = {}
    unknown = other = _NO_OTHER_RULE
    for layer in layers:
        families |= layer.families
        unknown, other = layer.unknown or unknown, layer.other or other
        for puid, keys in layer.stated.items():
            known = stated.setdefault(puid, {})
            reasons = (*_reasons(known), *_reasons(keys))
            known.update({**keys, "reasons": tuple(dict.fromkeys(reasons))})
    # A rule that says nothing of acceptance leaves that to the rule for all others.
    by_puid = {puid: _rule({"accept": other, **keys}) for puid, keys in stated.items()}
    return FormatRules(MappingProxyType(by_puid), MappingProxyType(families), unknown, other)


def _reasons(keys: Mapping[str, object]) -> tuple[str, ...]:
    found = keys.get("reasons", ())
    return found if isinstance(found, tuple) else ()


def _rule(keys: Mapping[str, object]) -> FormatRule:
    return FormatRule(**keys)  # type: ignore[arg-type]  # `_stated` has checked each


def _migrations(path: Path, table: TomlTable, families: Mapping[str, frozenset[str]]) -> Iterator[MigrationRule]:
    for name in table:
        section = table.table(name)
        if not _NAME.match(name):
            raise WrongUse(f"{path}: migrations.{name}: a name has lower-case letters, digits and dashes; 60 at most")
        sources = section.texts("sources", lambda one: PUID.match(one) is not None, _PUIDS)
        family = section.optional_text("family")
        if family is not None:
            if family not in families:
                section.refuse("family", family, f"a family of this file: {', '.join(sorted(families)) or 'none'}")
            sources |= families[family]
        if not sources:
            section.refuse("sources", [], f"a list of {_PUIDS}, unless a family is named")
        target = section.text("target")
        if not PUID.match(target):
            section.refuse("target", target, "a PRONOM identifier such as fmt/477")
        yield MigrationRule(
            name=name,
            sources=sources,
            target=target,
            recipe=section.text("recipe"),
            when=section.choice("when", MigrateWhen, MigrateWhen.HAND),
            parameters=section.words_and_numbers("parameters"),
            bounds=section.words_and_numbers("bounds"),
            collections=section.texts("collections", lambda one: bool(one.strip()), "codes of collections"),
        )
        section.refuse_the_rest()


def _examination(table: TomlTable) -> ExaminationPolicy:
    is_stated = "kinds" in set(table)
    kinds = table.texts("kinds", lambda one: one in list(Kind), f"words out of {', '.join(Kind)}")
    if is_stated and not kinds:
        table.refuse("kinds", [], "at least one kind; at_ingest = false and held = false look at nothing")
    default = ExaminationPolicy()
    found = ExaminationPolicy(
        at_ingest=table.yes_or_no("at_ingest", default=default.at_ingest),
        held=table.yes_or_no("held", default=default.held),
        kinds=frozenset(Kind(one) for one in kinds) or default.kinds,
        invalid=table.choice("invalid", AcceptFormat, default.invalid),
    )
    table.refuse_the_rest()
    return found


def _viruses(table: TomlTable) -> VirusPolicy:
    default = VirusPolicy()
    found = VirusPolicy(
        scan=table.choice("scan", VirusScan, default.scan),
        found=table.choice("found", AcceptFormat, default.found),
        unavailable=table.choice("unavailable", AcceptFormat, default.unavailable),
        again_days=table.whole_number("again_days", default=default.again_days, least=1, most=36_500),
    )
    if found.found is AcceptFormat.ACCEPT:
        table.refuse("found", "accept", '"refuse" or "review"')
    if found.unavailable is AcceptFormat.REVIEW:
        table.refuse("unavailable", "review", '"refuse" or "accept"')
    table.refuse_the_rest()
    return found


def _hours(table: TomlTable) -> QuietHours | None:
    text = table.optional_text("hours")
    if text is None:
        return None
    found = quiet_hours(text)
    if found is None:
        table.refuse("hours", text, 'hours of the day in UTC such as "22:00-06:00"')
    return found


def _terms(table: TomlTable) -> MigrationTerms:
    default = MigrationTerms()
    found = MigrationTerms(
        approval=table.choice("approval", Approval, default.approval),
        error_rate_percent=table.whole_number(
            "error_rate_percent", default=default.error_rate_percent, least=0, most=100
        ),
        error_rate_files=table.whole_number(
            "error_rate_files", default=default.error_rate_files, least=1, most=_MOST_FILES
        ),
        sample_files=table.whole_number("sample_files", default=default.sample_files, least=1, most=1000),
        files_per_day=table.optional_whole_number("files_per_day", least=1, most=_MOST_FILES),
        bytes_per_day=table.optional_whole_number("bytes_per_day", least=1, most=1 << 60),
        hours=_hours(table),
    )
    table.refuse_the_rest()
    return found
