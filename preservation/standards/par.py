"""Rules for formats in the shape of PAR (Preservation Action Registries, Open Preservation Foundation, schemas 1.1 and 1.2).

PAR defines its entities one by one and no document that holds several: here one JSON object has a list for each kind.

    fileFormats              format.json: the formats that rules name, with risk and note
    formatFamilies           types.json, formatFamily
    tools                    tool.json: the recipes of migrations
    preservationActionTypes  preservation-action-type.json: PREMIS event types
    preservationActions      preservation-action.json: one for each migration
    businessRules            business-rule.json: one for each rule, one for each migration

What PAR has no place for is told by the names of our own identifiers ("rule/review/medium/no"), and by arguments of actions.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from preservation.domain.events import Json
from preservation.domain.format_rules import (
    AcceptFormat,
    FormatRule,
    FormatRules,
    MigrateWhen,
    MigrationRule,
    Risk,
)
from preservation.domain.registered_formats import RegisteredFormat, puid_order

PRONOM: Final = "http://www.nationalarchives.gov.uk/PRONOM"
PREMIS: Final = "http://id.loc.gov/vocabulary/preservation/eventType"
OWN: Final = "urn:preservation:par"
MOST_ENTITIES: Final = 20_000
MOST_TEXT: Final = 500

_PUID: Final = re.compile(r"(?:x-)?fmt/[1-9][0-9]{0,5}")
_RULE: Final = "rule"
_MIGRATION: Final = "migration"


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


def write_par(
    rules: FormatRules,
    migrations: Sequence[MigrationRule],
    *,
    format_of: Callable[[str], RegisteredFormat | None],
    now: datetime,
) -> dict[str, Json]:
    """The rules as one document. `format_of` looks a PUID up; `now` is the date that PAR wants of each entity."""
    grouped: dict[FormatRule, list[str]] = {}
    for puid, rule in rules.by_puid.items():
        grouped.setdefault(rule, []).append(puid)
    named = {*rules.by_puid, *(puid for rule in migrations for puid in (rule.target, *rule.sources))}
    when = now.isoformat()
    return {
        "fileFormats": [
            _format(puid, format_of(puid), rules.rule_for(puid), when) for puid in sorted(named, key=puid_order)
        ],
        "formatFamilies": [
            {
                "identifier": _id(name, f"{OWN}:family"),
                "familyType": name,
                "fileFormats": [_id(puid, PRONOM) for puid in sorted(puids, key=puid_order)],
            }
            for name, puids in sorted(rules.families.items())
        ],
        "tools": [
            {"id": _id(recipe, f"{OWN}:recipe"), "toolName": recipe}
            for recipe in sorted({rule.recipe for rule in migrations})
        ],
        "preservationActionTypes": [_type("migration", "mig")] if migrations else [],
        "preservationActions": [_action(rule, when) for rule in migrations],
        "businessRules": [
            *(_rule(rule, puids, when) for rule, puids in grouped.items()),
            *(_business(rule, when) for rule in migrations),
        ],
    }


def read_par(value: object) -> ParRules:
    """The rules that a document states, ours or another program's. NotPar for what is no such document."""
    if not isinstance(value, dict) or not any(key in value for key in ("fileFormats", "businessRules")):
        raise NotPar("no list of PAR's entities is in it")
    left_out: list[tuple[str, str]] = []
    families = {_key(one.get("identifier")): _puids(one.get("fileFormats")) for one in _list(value, "formatFamilies")}
    rules: list[tuple[tuple[str, ...], FormatRule]] = []
    for one in _list(value, "businessRules"):
        name, namespace = _name(one.get("id"))
        if namespace == OWN and name.startswith(f"{_RULE}/"):
            rule = _own_rule(name, _texts(one.get("notes")))
            if rule is None:
                left_out.append((name, "its name does not say what is decided"))
            else:
                rules.append((_with_families(one, families), rule))
        elif not (namespace == OWN and name.startswith(f"{_MIGRATION}/")):
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


def _id(name: str, namespace: str) -> dict[str, Json]:
    return {
        "guid": str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, namespace), name)),
        "name": name,
        "namespace": namespace,
    }


def _type(label: str, code: str) -> dict[str, Json]:
    return {"id": _id(code, PREMIS), "label": label}


def _format(puid: str, known: RegisteredFormat | None, rule: FormatRule, when: str) -> dict[str, Json]:
    identifiers: list[Json] = [{"identifier": puid, "identifierType": "PUID"}]
    found: dict[str, Json] = {"id": _id(puid, PRONOM), "localLastModifiedDate": when}
    if known is not None:
        found |= {"name": known.name, "version": known.version}
        identifiers += [{"identifier": mime, "identifierType": "MIME"} for mime in known.mimes]
        found["externalSignatures"] = [
            {"signature": one, "signatureType": "File extension"} for one in known.extensions
        ]
    found["identifiers"] = identifiers
    if rule.risk is not Risk.UNKNOWN:
        found["risk"] = rule.risk.value
    if rule.reasons:
        found["note"] = "\n".join(rule.reasons)
    return found


def _rule(rule: FormatRule, puids: Sequence[str], when: str) -> dict[str, Json]:
    preferred = "preferred" if rule.is_preferred else "plain"
    name = f"{_RULE}/{rule.accept.value}/{rule.risk.value}/{preferred}"
    ordered = sorted(puids, key=puid_order)
    return {
        # Two rules may decide the same for different reasons: the first format tells them apart.
        "id": _id(f"{name}/{ordered[0]}", OWN),
        "localLastModifiedDate": when,
        "description": f"{rule.accept.value}, risk {rule.risk.value}",
        "formats": [_id(puid, PRONOM) for puid in ordered],
        "notes": "\n".join(rule.reasons),
    }


def _action(rule: MigrationRule, when: str) -> dict[str, Json]:
    arguments: list[Json] = [{"type": "when", "value": rule.when.value}]
    for kind, given in (("parameter", rule.parameters), ("bound", rule.bounds)):
        for key, value in sorted(given.items()):
            shape = "integer" if isinstance(value, int) else "text"
            arguments.append({"description": key, "type": f"{kind} {shape}", "value": str(value)})
    arguments += [{"type": "collection", "value": code} for code in sorted(rule.collections)]
    return {
        "id": _id(f"{_MIGRATION}/{rule.name}", OWN),
        "localLastModifiedDate": when,
        "description": f"Migrate to {rule.target} by {rule.recipe}",
        "type": _type("migration", "mig"),
        "tool": {"id": _id(rule.recipe, f"{OWN}:recipe"), "toolName": rule.recipe},
        "inputFiles": [{"name": "source", "description": "a file to be migrated", "file": {}}],
        "outputFiles": [{"name": rule.target, "description": "the result, identified as that", "file": {}}],
        "inputToolArguments": arguments,
        "constraints": [
            {
                "inputItemName": "source",
                "allowedFormats": [
                    {"id": _id(puid, PRONOM), "localLastModifiedDate": when}
                    for puid in sorted(rule.sources, key=puid_order)
                ],
            }
        ],
    }


def _business(rule: MigrationRule, when: str) -> dict[str, Json]:
    return {
        "id": _id(f"{_MIGRATION}/{rule.name}", OWN),
        "localLastModifiedDate": when,
        "description": f"Migrate to {rule.target} by {rule.recipe}",
        "formats": [_id(puid, PRONOM) for puid in sorted(rule.sources, key=puid_order)],
        "preservationActionTypes": [_type("migration", "mig")],
        "preservationActions": [{"preservationAction": _id(f"{_MIGRATION}/{rule.name}", OWN), "priority": 1}],
    }


def _own_rule(name: str, reasons: tuple[str, ...]) -> FormatRule | None:
    parts = name.split("/")
    if len(parts) < 4 or parts[1] not in list(AcceptFormat) or parts[2] not in list(Risk):
        return None
    return FormatRule(AcceptFormat(parts[1]), Risk(parts[2]), reasons, is_preferred=parts[3] == "preferred")


def _own_migration(one: Mapping[str, Any]) -> MigrationRule | str:
    name, namespace = _name(one.get("id"))
    if namespace != OWN or not name.startswith(f"{_MIGRATION}/"):
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
        name=name.removeprefix(f"{_MIGRATION}/"),
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
