"""Commands by name, each loaded from its module when somebody asks for it: a command pays for what it uses, and for no other.

`preservation --help` asks for all of them.
"""

import gc
import importlib
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

Command = TyperCommand | TyperGroup


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is: `attribute` of the module `preservation.cli.<module>` is its function, or the group it heads.

    `help` is for groups; a function's docstring speaks for itself.
    """

    module: str
    attribute: str
    help: str | None = None


class Commands(MutableMapping[str, Any]):
    """What a Typer group looks its commands up in."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = dict(places)
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = _load(name, self._places[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        self._places.pop(name, None)
        self._loaded.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self._places or name in self._loaded

    def __iter__(self) -> Iterator[str]:
        return iter({**self._places, **self._loaded})

    def __len__(self) -> int:
        return len({**self._places, **self._loaded})


def group_of(places: Mapping[str, Place]) -> type[TyperGroup]:
    """A class of groups, for `typer.Typer(cls=...)`, that has these commands beside those that it is given."""

    class OnDemandGroup(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            given = attributes.pop("commands", None) or {}
            super().__init__(**attributes)
            self.commands = Commands(places)
            self.commands.update(given)

    return OnDemandGroup


def _load(name: str, place: Place) -> Command:
    # What is loaded stays: the collector need not look at it, now or later.
    was_on = gc.isenabled()
    gc.disable()
    try:
        target = getattr(importlib.import_module(f"preservation.cli.{place.module}"), place.attribute)
        gc.freeze()
    finally:
        if was_on:
            gc.enable()
    holder = typer.Typer()
    if isinstance(target, typer.Typer):
        holder.add_typer(target, name=name, help=place.help)
    else:
        holder.command(name)(target)
    command = get_group(holder).commands[name]
    if not isinstance(command, Command):
        raise TypeError(f"{place.module}.{place.attribute} is no command")
    return command
