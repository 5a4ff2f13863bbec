"""The results of a migration as a new representation of the AIP, with the documents that say how they came to be.

    representations/repN/data/...                                      the results, at their sources' paths with a new suffix
    representations/repN/metadata/preservation/migration-00001.json    what was done to each file, and to those that were left

A document tells of at most 1,000 files (services.migration_entries): the exact commands and the versions of the tools, properties
before and after, what was compared and what came of it. It is carried along by every later version that has the representation.
"""

import json
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from preservation.domain.events import EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.holdings import StoredFile
from preservation.domain.identifiers import version_id
from preservation.domain.ledger import EncodedEvent
from preservation.domain.migration_names import names_of_results
from preservation.domain.migration_plans import PACKAGE_TYPE, MigrationPlan
from preservation.domain.tools import ToolDescription
from preservation.errors import Conflict, Unavailable
from preservation.ports.migrations import MigrationWork
from preservation.services.derived_versions import ChangedState, Staging
from preservation.services.ledger_recording import EventRecorder
from preservation.services.migration_counts import counted
from preservation.services.migration_entries import EntryOutcome, format_of, outcome_of, results_of, tools_of
from preservation.services.settling import transfer_objects
from preservation.standards.aip_documents import Agent
from preservation.standards.aip_layout import is_document
from preservation.standards.ocfl.inventory import Inventory

FILES_AT_MOST = 1000
BYTES_AT_MOST = 4 << 20
PIECE = 1 << 20

_REPRESENTATION = re.compile(r"representations/rep(\d{1,9})/")
_CONTENT = re.compile(r"representations/([^/]+)/data/(.+)", re.DOTALL)

# Where the results of each source lie below their representation's data, by the source's logical path.
_Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class NewRepresentation:
    """services.derived_versions.Change: what the work folder keeps becomes the representation after the last one ever used."""

    plan: MigrationPlan
    work: MigrationWork
    suffix: str
    recorder: EventRecorder
    policy: str | None = None

    @property
    def package_type(self) -> str:
        return PACKAGE_TYPE

    def stage(self, staging: Staging) -> ChangedState:
        """Conflict where nothing of what is kept was made from what the AIP holds now."""
        name = f"rep{last_representation(staging.base.inventory) + 1}"
        state = {file.logical_path: file for file in staging.files if not is_document(file.logical_path)}
        names = self._names(state)
        if not names:
            raise Conflict(f"nothing was migrated from what {staging.base.inventory.id} holds now")
        told = _Told()
        rows = list(self._results(staging, name, names, told))
        rows += self._documents(staging, name, names)
        return ChangedState(
            files=[*state.values(), *rows],
            events=[self._event(staging, name, names, told)],
            agents=[agent_of(one) for one in sorted(told.tools)],
        )

    def _names(self, state: Mapping[str, StoredFile]) -> _Names:
        """Of all results, below `data/`, by the logical path of the source; without those whose source has changed."""
        sources = [
            source
            for source in self.work.sources()
            if outcome_of(entry := self.work.entry(source)) is EntryOutcome.MIGRATED
            and source in state
            and state[source].sha256.hex() == entry["sha256"]
        ]
        within = places(sources)
        counts = {place: len(results_of(self.work.entry(source))) for source, place in within.items()}
        names = names_of_results(counts, self.suffix)
        return {source: names[place] for source, place in within.items()}

    def _results(self, staging: Staging, name: str, names: _Names, told: "_Told") -> Iterator[StoredFile]:
        for source, paths in names.items():
            entry = self.work.entry(source)
            results = results_of(entry)
            told.take(entry)
            for number, (result, place) in enumerate(zip(results, paths, strict=True)):
                with closing(self._pieces(source, number)) as pieces:
                    row = staging.put(f"representations/{name}/data/{place}", pieces)
                if row.sha512.hex() != result["sha512"]:
                    raise Unavailable(f"a result in the work folder is no longer what was compared: {source}")
                yield replace(row, format=format_of(result["format"]), source=source)

    def _pieces(self, source: str, number: int) -> Generator[bytes, None, None]:
        """Opened when the first piece is asked for: whoever refuses the path before leaves nothing open."""
        with self.work.open(source, number) as stream:
            while piece := stream.read(PIECE):
                yield piece

    def _documents(self, staging: Staging, name: str, names: _Names) -> Iterator[StoredFile]:
        rule = self.plan.rule
        head: dict[str, Json] = {
            "aip": staging.base.inventory.id,
            "source_version": staging.number - 1,
            "representation": name,
            "plan": self.plan.id,
            "rule": rule.name,
            "recipe": rule.recipe,
            "target": rule.target,
            "parameters": dict(rule.parameters),
            "bounds": dict(rule.bounds),
        }
        for part, files in enumerate(self._parts(names), 1):
            path = f"representations/{name}/metadata/preservation/migration-{part:05d}.json"
            yield staging.put(path, [_json({**head, "part": part, "files": files})])

    def _parts(self, names: _Names) -> Iterator[list[Json]]:
        files: list[Json] = []
        size = 0
        for source in self.work.sources():
            entry = dict(self.work.entry(source))
            if outcome_of(entry) is EntryOutcome.MIGRATED and source not in names:
                continue
            if source in names:
                entry["paths"] = list(names[source])
            files.append(entry)
            size += len(_json(entry))
            if len(files) >= FILES_AT_MOST or size >= BYTES_AT_MOST:
                yield files
                files, size = [], 0
        if files:
            yield files

    def _event(self, staging: Staging, name: str, names: _Names, told: "_Told") -> EncodedEvent:
        counts = counted(self.work)
        missed = counts.total - counts.migrated
        sources: list[Json] = [*sorted({_representation(source) for source in names})]
        return self.recorder.event(
            EventType.MIGRATION,
            EventOutcome.WARNING if missed else EventOutcome.SUCCESS,
            objects=[
                *transfer_objects(staging.transfer),
                LinkedObject(id=version_id(staging.transfer.target[0], staging.number - 1), kind="aip version"),
                LinkedObject(id=self.plan.id, kind="plan"),
            ],
            detail={
                **plan_detail(self.plan),
                "representation": name,
                "sources": sources,
                "files": len(names),
                "failed": counts.failed,
                "left": counts.left,
                "bytes": told.bytes,
                "result_bytes": told.result_bytes,
            },
            agents=[LinkedAgent(agent_of(one).id) for one in sorted(told.tools)],
            policy=self.policy,
        )


def plan_detail(plan: MigrationPlan) -> dict[str, Json]:
    """What events say of a plan: names of rules and recipes are the archive's own words, no person's."""
    return {"plan": plan.id, "rule": plan.rule.name, "recipe": plan.rule.recipe, "target": plan.rule.target}


def agent_of(tool: ToolDescription) -> Agent:
    """A tool as a PREMIS agent."""
    return Agent(id=f"{tool.name} {tool.version}".strip(), name=tool.name, version=tool.version)


def last_representation(inventory: Inventory) -> int:
    """The highest N of any repN in any version: a number is never given twice, even where the first one was taken back."""
    paths: Iterable[str] = (path for version in inventory.versions.values() for path in version.state)
    return max((int(match[1]) for path in paths if (match := _REPRESENTATION.match(path))), default=0)


def places(sources: Sequence[str]) -> Mapping[str, str]:
    """Where each source lies below its representation's data; with that one's name before it where two would be the same."""
    found: dict[str, str] = {}
    used: set[str] = set()
    for source in sources:
        match = _CONTENT.fullmatch(source)
        if match is None:
            raise AssertionError("only content is migrated")
        place = match[2] if match[2] not in used else f"{match[1]}/{match[2]}"
        while place in used:
            place = f"{match[1]}/{place}"
        used.add(place)
        found[source] = place
    return found


def is_content(logical_path: str) -> bool:
    """Whether a file is content of a representation."""
    return _CONTENT.fullmatch(logical_path) is not None


def _representation(logical_path: str) -> str:
    return logical_path.split("/", 2)[1]


class _Told:
    """What results came of, in all."""

    def __init__(self) -> None:
        self.tools: set[ToolDescription] = set()
        self.bytes = 0
        self.result_bytes = 0

    def take(self, entry: Mapping[str, Any]) -> None:
        self.tools |= tools_of(entry)
        self.bytes += entry["size"]
        self.result_bytes += sum(one["size"] for one in results_of(entry))


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
