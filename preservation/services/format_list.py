"""What is known, decided and held of formats, side by side: for `format show`, `format list` and the API."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from preservation.domain.events import Json
from preservation.domain.format_rules import FormatRule
from preservation.domain.holdings import FormatHolding
from preservation.domain.policies import FormatPolicy
from preservation.domain.registered_formats import RegisteredFormat, puid_order
from preservation.ports.format_registry import FormatRegistry


@dataclass(frozen=True, slots=True)
class KnownFormat:
    """A format with its rule, and how much of it heads hold. `registered` is None for a PUID that the registry does not have."""

    puid: str
    registered: RegisteredFormat | None
    rule: FormatRule
    files: int
    bytes: int

    def line(self) -> dict[str, Json]:
        """One line of a list."""
        known = self.registered
        return {
            "puid": self.puid,
            "name": known.name if known is not None else "",
            "version": known.version if known is not None else "",
            "accept": self.rule.accept.value,
            "risk": self.rule.risk.value,
            "preferred": self.rule.is_preferred,
            "superseded": bool(known is not None and known.superseded_by),
            "files": self.files,
            "bytes": self.bytes,
        }


def held_by_puid(holdings: Iterable[FormatHolding]) -> Mapping[str, tuple[int, int]]:
    """(files, bytes) by PUID, whatever engine said so and how; what nobody identified is left out."""
    found: dict[str, tuple[int, int]] = {}
    for one in holdings:
        if one.puid is not None:
            files, size = found.get(one.puid, (0, 0))
            found[one.puid] = files + one.files, size + one.bytes
    return found


def known_formats(
    registry: FormatRegistry,
    policy: FormatPolicy,
    held: Mapping[str, tuple[int, int]],
    *,
    only_held: bool = False,
    only_at_risk: bool = False,
) -> Iterator[KnownFormat]:
    """Every format that the registry, the policy or the holdings know, in the order of PUIDs."""
    registered = {one.puid: one for one in registry.formats()}
    puids = held.keys() if only_held else registered.keys() | policy.rules.by_puid.keys() | held.keys()
    for puid in sorted(puids, key=puid_order):
        rule = policy.rules.rule_for(puid)
        if only_at_risk and not rule.risk.is_at_risk:
            continue
        files, size = held.get(puid, (0, 0))
        yield KnownFormat(puid, registered.get(puid), rule, files, size)


def described(one: KnownFormat, policy: FormatPolicy, release: str) -> dict[str, Json]:
    """All that is known of one format."""
    known = one.registered
    return {
        **one.line(),
        "registry": release,
        "mimes": _listed(known.mimes if known is not None else ()),
        "extensions": _listed(known.extensions if known is not None else ()),
        "types": known.types if known is not None else "",
        "note": known.note if known is not None else "",
        "superseded_by": _listed(known.superseded_by if known is not None else ()),
        "supersedes": _listed(known.supersedes if known is not None else ()),
        "supertypes": _listed(known.supertypes if known is not None else ()),
        "priority_over": _listed(known.priority_over if known is not None else ()),
        "reasons": _listed(one.rule.reasons),
        "families": _listed(sorted(name for name, puids in policy.rules.families.items() if one.puid in puids)),
        "migrations": [
            {"name": rule.name, "target": rule.target, "recipe": rule.recipe, "when": rule.when.value}
            for rule in policy.migrations
            if one.puid in rule.sources
        ],
    }


def _listed(texts: Sequence[str]) -> list[Json]:
    return [*texts]
