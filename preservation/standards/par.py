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

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from preservation.domain.events import Json
from preservation.domain.format_rules import (
    FormatRule,
    FormatRules,
    MigrationRule,
    Risk,
)
from preservation.domain.registered_formats import RegisteredFormat, puid_order

PRONOM: Final = "http://www.nationalarchives.gov.uk/PRONOM"
PREMIS: Final = "http://id.loc.gov/vocabulary/preservation/eventType"
OWN: Final = "urn:preservation:par"

RULE: Final = "rule"
MIGRATION: Final = "migration"


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
    name = f"{RULE}/{rule.accept.value}/{rule.risk.value}/{preferred}"
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
        "id": _id(f"{MIGRATION}/{rule.name}", OWN),
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
        "id": _id(f"{MIGRATION}/{rule.name}", OWN),
        "localLastModifiedDate": when,
        "description": f"Migrate to {rule.target} by {rule.recipe}",
        "formats": [_id(puid, PRONOM) for puid in sorted(rule.sources, key=puid_order)],
        "preservationActionTypes": [_type("migration", "mig")],
        "preservationActions": [{"preservationAction": _id(f"{MIGRATION}/{rule.name}", OWN), "priority": 1}],
    }
