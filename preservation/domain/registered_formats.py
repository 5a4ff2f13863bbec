"""A file format as a registry (PRONOM) describes it, and what changes from one state of a registry to the next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegisteredFormat:
    """`mimes` and `extensions` (lower case, without the dot) as the registry gives them; all other tuples are PUIDs.

    `superseded_by` are the formats that the registry calls later versions of this one, `supersedes` those before it;
    `priority_over` those that give way to it where both fit a file. `supertypes` are what it is a kind of.
    """

    puid: str
    name: str
    version: str = ""
    mimes: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    superseded_by: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    priority_over: tuple[str, ...] = ()
    supertypes: tuple[str, ...] = ()
    types: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        """Name and version in one."""
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True, slots=True)
class RegistryChange:
    """From one state of a registry to the next, PUIDs in order.

    `signatures` are formats that are recognised by something else than before; None where the data do not tell.
    """

    before: str
    after: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[str, ...]
    superseded: tuple[str, ...]
    signatures: tuple[str, ...] | None

    @property
    def touched(self) -> frozenset[str]:
        """Formats whose identification may come out otherwise now."""
        return frozenset((*self.added, *self.removed, *(self.signatures or ())))


def change_between(
    before: tuple[str, Iterable[RegisteredFormat]],
    after: tuple[str, Iterable[RegisteredFormat]],
    *,
    signatures: tuple[Mapping[str, str], Mapping[str, str]] | None = None,
) -> RegistryChange:
    """What differs between two states, each a release's name and its formats.

    `signatures` map PUIDs to digests of what recognises them, before and after.
    """
    old = {one.puid: one for one in before[1]}
    new = {one.puid: one for one in after[1]}
    both = sorted(old.keys() & new.keys(), key=puid_order)
    changed: Sequence[str] | None = None
    if signatures is not None:
        known = signatures[0].keys() | signatures[1].keys()
        changed = [puid for puid in sorted(known, key=puid_order) if signatures[0].get(puid) != signatures[1].get(puid)]
    return RegistryChange(
        before=before[0],
        after=after[0],
        added=tuple(sorted(new.keys() - old.keys(), key=puid_order)),
        removed=tuple(sorted(old.keys() - new.keys(), key=puid_order)),
        renamed=tuple(puid for puid in both if old[puid].title != new[puid].title),
        superseded=tuple(puid for puid in both if set(new[puid].superseded_by) - set(old[puid].superseded_by)),
        signatures=None if changed is None else tuple(changed),
    )


def puid_order(puid: str) -> tuple[str, int]:
    """PUIDs in the order in which they were given out: fmt/9 before fmt/10, fmt before x-fmt."""
    scheme, _, number = puid.partition("/")
    return scheme, int(number)
