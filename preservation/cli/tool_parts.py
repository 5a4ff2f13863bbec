"""What `doctor` says of other people's programs: which look into files, convert them and scan them, and in which fence."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from preservation.adapters.policy_files import read_policies
from preservation.bootstrap.conversion import converter
from preservation.bootstrap.examination import examiner, virus_scanner
from preservation.bootstrap.fences import tool_fence
from preservation.domain.examination_policy import VirusScan
from preservation.domain.policies import FormatPolicy
from preservation.domain.tools import ToolState
from preservation.errors import PreservationError, Unavailable
from preservation.ports.conversion import Converter
from preservation.settings import Settings, read_settings

_FENCES = {
    "namespaces": ("ok", "programs run without network, in namespaces of their own (bubblewrap)"),
    "limits": (
        "doubtful",
        "programs run within limits alone, with the network in reach: apt-get install bubblewrap, and allow user namespaces",
    ),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was looked at. `state` is ok, doubtful, missing, or failed; `detail` says what it is or what brings it."""

    part: str
    state: str
    detail: str
    needed: bool = True


def tool_parts(home: Path | None) -> Iterator[Part]:
    """Each tool, by the settings and the policy of a home if there is one. What the policy does not need is not needed."""
    with ExitStack() as held:
        try:
            settings, policy = _given(home, held)
        except PreservationError:
            # Said of the home itself.
            return
        yield _fence(settings)
        states: dict[str, ToolState] = {}
        needed: set[str] = set()
        try:
            converts = held.enter_context(converter(settings))
            states |= {one.name: one for one in converts.tools()}
            needed |= _needed(policy, converts)
            states |= {one.name: one for one in held.enter_context(examiner(settings)).tools()}
        except Unavailable as error:
            yield Part("tools for formats", "failed", str(error), needed=False)
        for name in sorted(states):
            yield tool_part(states[name], needed=name in needed)
        yield _virus_scan(settings, policy)


def _given(home: Path | None, held: ExitStack) -> tuple[Settings, FormatPolicy]:
    if home is None and not os.environ.get("PRESERVATION_HOME"):
        nowhere = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="doctor-")))
        return read_settings(nowhere, os.environ), FormatPolicy()
    settings = read_settings(home, os.environ)
    return settings, read_policies(settings.home / "policies").formats


def _fence(settings: Settings) -> Part:
    try:
        state, detail = _FENCES[tool_fence(settings).strength]
    except Unavailable as error:
        return Part("fence for tools", "failed", str(error))
    return Part("fence for tools", state, detail, needed=False)


def _needed(policy: FormatPolicy, converts: Converter) -> set[str]:
    """The tools of recipes that the policy's migrations go by."""
    wanted = {rule.recipe for rule in policy.migrations}
    return {tool for recipe in converts.recipes() if recipe.name in wanted for tool in recipe.tools}


def tool_part(one: ToolState, *, needed: bool) -> Part:
    """A tool as `doctor` tells of it: by what Debian package it comes, and what is not done without it."""
    if one.version is not None:
        return Part(one.name, "ok", f"{one.version}: {one.purpose}", needed)
    brings = f"apt-get install {one.package}" if one.package else "no package of Debian brings it"
    return Part(one.name, "missing", f"{one.purpose}: {brings}; without it: {one.without}", needed)


def _virus_scan(settings: Settings, policy: FormatPolicy) -> Part:
    if policy.viruses.scan is VirusScan.OFF:
        detail = "off by the policy (policies/formats.toml, [viruses]): nobody looks for malware"
        return Part("virus scan", "doubtful", detail, needed=False)
    scanner = virus_scanner(settings)
    try:
        if scanner is None:
            raise Unavailable("there is no scanner")
        return Part("virus scan", "ok", scanner.describe())
    except Unavailable as error:
        return Part("virus scan", "failed", f"{error}: apt-get install clamav clamav-freshclam")
