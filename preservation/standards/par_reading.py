"""Rules for formats out of a PAR document, ours or another program's (`standards.par` says of what shape)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from preservation.domain.format_rules import AcceptFormat, FormatRule, MigrateWhen, MigrationRule, Risk
from preservation.standards.par import MIGRATION, OWN, RULE

MOST_ENTITIES: Final = 20_000
MOST_TEXT: Final = 500

_PUID: Final = re.compile(r"(?:x-)?fmt/[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class ParRules:
    """What a PAR document says in our terms. `left_out` are (identifier, why) of what has no counterpart here.

    `says_accept`: the rules say what is accepted; else they tell of risk alone, as another program's formats do.
    """

    rules: Sequence[tuple[tuple[str, ...], FormatRule]]
    migrations: Sequence[MigrationRule]
    left_out: Sequence[tuple[str, str]]
    says_accept: bool = True


class NotPar(ValueError):
    """The value is not a PAR document of this shape."""


def read_par(value: object) -> ParRules:
    """The rules that a document states, ours or another program's. NotPar for what is no such document."""
    if not isinstance(value, dict) or not any(key in value for key in ("fileFormats", "businessRules")):
        raise NotPar("no list of PAR's entities is in it")
    left_out: list[tuple[str, str]] = []
    families = {_key(one.get("identifier")): _puids(one.get("fileFormats")) for one in _list(value, "formatFamilies")}
    rules: list[tuple[tuple[str, ...], FormatRule]] = []
    for one in _list(value, "businessRules"):
        name, namespace = _name(one.get("id"))
        if namespace == OWN and name.startswith(f"{RULE}/"):
            rule = _own_rule(name, _texts(one.get("notes")))
            if rule is None:
                left_out.append((name, "its name does not say what is decided"))
            else:
                rules.append((_with_families(one, families), rule))
        elif not (namespace == OWN and name.startswith(f"{MIGRATION}/")):
            left_out.append((name or namespace, "another program's rule: it names no recipe of this one"))
    says_accept = bool(rules)
    if not rules:
        rules = list(_risks(_list(value, "fileFormats")))
    migrations: list[MigrationRule] = []
    for one in _list(value, "preservationActions"):
        found = _own_migration(one)
        if isinstance(found, MigrationRule):
            migrations.append(found)
        else:
            left_out.append((_name(one.get("id"))[0], found))
    return ParRules(rules, migrations, left_out, says_accept)


def _own_rule(name: str, reasons: tuple[str, ...]) -> FormatRule | None:
    parts = name.split("/")
    if len(parts) < 4 or parts[1] not in list(AcceptFormat) or parts[2] not in list(Risk):
        return None
    return FormatRule(AcceptFormat(parts[1]), Risk(parts[2]), reasons, is_preferred=parts[3] == "preferred")


def _own_migration(one: Mapping[str, Any]) -> MigrationRule | str:
    name, namespace = _name(one.get("id"))
    if namespace != OWN or not name.startswith(f"{MIGRATION}/"):
        return "another program's action: its tool and parameters mean nothing here"
    outputs, constraints = _list(one, "outputFiles"), _list(one, "constraints")
    targets = [str(each.get("name")) for each in outputs]
    sources = frozenset(puid for each in constraints for puid in _puids(each.get("allowedFormats"), within="id"))
    tool = one.get("tool")
    recipe = tool.get("toolName") if isinstance(tool, dict) else None
    if len(targets) != 1 or not _PUID.fullmatch(targets[0]) or not sources or not isinstance(recipe, str):
        return "it does not say from what, to what, or by which tool"
    given: dict[str, dict[str, str | int]] = {"parameter": {}, "bound": {}}
    when, collections = MigrateWhen.HAND, []
    for argument in _list(one, "inputToolArguments"):
        kind, _, shape = str(argument.get("type")).partition(" ")
        value = str(argument.get("value"))
        if kind == "when" and value in list(MigrateWhen):
            when = MigrateWhen(value)
        elif kind == "collection":
            collections.append(value)
        elif kind in given and (shape != "integer" or value.lstrip("-").isdigit()):
            given[kind][str(argument.get("description"))] = int(value) if shape == "integer" else value
    return MigrationRule(
        name=name.removeprefix(f"{MIGRATION}/"),
        sources=sources,
        target=targets[0],
        recipe=recipe,
        when=when,
        parameters=given["parameter"],
        bounds=given["bound"],
        collections=frozenset(collections),
    )


def _risks(formats: Iterable[Mapping[str, Any]]) -> Iterable[tuple[tuple[str, ...], FormatRule]]:
    """What another program's formats say of risk."""
    for one in formats:
        risk = str(one.get("risk", "")).lower()
        reasons = _texts(one.get("note"))
        puids = _puids([one.get("id")]) or _by_identifier(one)
        if puids and risk in list(Risk):
            yield puids, FormatRule(risk=Risk(risk), reasons=reasons)


def _by_identifier(one: Mapping[str, Any]) -> tuple[str, ...]:
    named = [each for each in _list(one, "identifiers") if each.get("identifierType") == "PUID"]
    return tuple(puid for each in named if _PUID.fullmatch(puid := str(each.get("identifier"))))


def _with_families(one: Mapping[str, Any], families: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    named = (puid for each in _list(one, "formatFamilies") for puid in families.get(_key(each), ()))
    return tuple(dict.fromkeys((*_puids(one.get("formats")), *named)))


def _puids(value: object, *, within: str | None = None) -> tuple[str, ...]:
    """The PUIDs among identifiers, or among entities whose identifier is at `within`."""
    found = []
    for one in value if isinstance(value, list) else ():
        name, _ = _name(one.get(within) if within is not None and isinstance(one, dict) else one)
        if _PUID.fullmatch(name):
            found.append(name)
    return tuple(found)


def _name(value: object) -> tuple[str, str]:
    """(name, namespace) of an identifier, "" where there is none."""
    if not isinstance(value, dict):
        return "", ""
    return str(value.get("name", ""))[:MOST_TEXT], str(value.get("namespace", ""))[:MOST_TEXT]


def _key(value: object) -> str:
    return str(value.get("guid", "")) if isinstance(value, dict) else ""


def _texts(value: object) -> tuple[str, ...]:
    lines = value.splitlines() if isinstance(value, str) else []
    return tuple(line[:MOST_TEXT] for line in lines if line.strip() and line.isprintable())


def _list(value: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = value.get(key, [])
    if not isinstance(found, list) or len(found) > MOST_ENTITIES or not all(isinstance(one, dict) for one in found):
        raise NotPar(f"{key} is no list of entities, or one of more than {MOST_ENTITIES}")
    return found
