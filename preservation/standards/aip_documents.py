"""The metadata documents of an AIP's head: PREMIS 3.0 and METS in the E-ARK CSIP form, each bounded in size.

For every version all of them are made anew, for the version's whole state, at the same logical paths; earlier versions
keep theirs in OCFL. None lists more than `PART` files, so none grows with the package:

    METS.xml                                                     the package: header, pointers, files outside representations
    METS-00001.xml                                               those files, where there are more than PART of them
    metadata/preservation/premis.xml                             intellectual entity, representations, events, agents
    metadata/preservation/premis-files-00001.xml                 file objects outside the representations
    representations/rep1/METS.xml                                the representation: its files, or pointers to its parts
    representations/rep1/METS-00001.xml                          its files, where there are more than PART of them
    representations/rep1/metadata/preservation/premis-00001.xml  its file objects
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from preservation.domain.events import Event, EventType, LinkedObject
from preservation.domain.holdings import StoredFile
from preservation.errors import WrongUse
from preservation.standards.aip_journal import Journal, Write
from preservation.standards.aip_layout import PACKAGE_PREMIS, Unit, is_document, unit_of
from preservation.standards.aip_mets import MetsScribe, parts
from preservation.standards.mets.model import Header, MetadataReference, Pointer
from preservation.standards.premis.files import write_file_objects
from preservation.standards.premis.model import Agent, Package, Representation
from preservation.standards.premis.package import write_package

__all__ = ["PART", "AIPFacts", "Agent", "Write", "write_documents"]

PART = 10_000

# Acts on each file alike. One event tells of all of them (DESIGN, promise 8), linked to the representations.
_PER_FILE = frozenset({EventType.MESSAGE_DIGEST_CALCULATION, EventType.FORMAT_IDENTIFICATION})


@dataclass(frozen=True, slots=True)
class AIPFacts:
    """What the documents say about the AIP as a whole.

    `created` is the time of the AIP's first version, `version_created` of this one; both aware. `collection` is the opaque
    id, `collection_code` what people call it. `transfer` brought this version; None for a version that we made
    ourselves. `agreement` is the submission agreement's code, if there is one.
    """

    aip: str
    title: str
    version: int
    created: datetime
    version_created: datetime
    collection: str
    collection_code: str
    transfer: str | None
    software: str
    software_version: str
    agreement: str | None = None


def write_documents(
    facts: AIPFacts,
    files: Sequence[StoredFile],
    write: Write,
    *,
    events: Sequence[Event] = (),
    agents: Sequence[Agent] = (),
    descriptive: Mapping[str, str] | None = None,
    touched: Sequence[str] | None = None,
    part: int = PART,
) -> tuple[StoredFile, ...]:
    """Make every document of a version and hand each, in order, to `write`; what `write` returned, in that order.

    `files` is the version's whole state, in any order; documents of an earlier version among them are left out, the new
    ones take their place. `write(logical_path, chunks)` must consume the chunks, store them, and return the stored
    row with both digests: METS documents, which come last, carry the digests of those before.

    `events` are shown in the package's PREMIS. Those that tell of every file alike are linked to the representations
    `touched` (names such as "rep1"; None for all). `descriptive` says for logical paths below metadata/descriptive/
    what they are in METS's words ("DC", "EAD"); without an entry they are OTHER. Agents that events link must be among
    `agents`.

    Raises WrongUse for two files at one logical path, a submitted file in the place of a document, an agent that is
    linked and not described, or a `write` that stored something else than it was given.
    """
    units = _grouped(files)
    _check_agents(events, agents)
    journal = Journal(write)
    provenance = {unit: _write_file_objects(journal, facts, unit, held, part) for unit, held in units.items()}
    package = _package(facts, units, events=events, agents=agents, touched=touched)
    package_premis = MetadataReference(journal.write(PACKAGE_PREMIS, write_package(package)), "PREMIS")
    root = Unit("")
    pointers: list[Pointer] = []
    for index, unit in enumerate((unit for unit in units if unit.name), 1):
        header = _header(facts, unit.name, f"{facts.title} - {unit.name}")
        scribe = MetsScribe(journal, unit, header, f"r{index}", descriptive or {}, part)
        document = scribe.write(units[unit], provenance[unit], ())
        pointers.append(Pointer(f"Representations/{unit.name}", document))
    header = replace(_header(facts, facts.aip, facts.title), alternatives=_alternatives(facts))
    scribe = MetsScribe(journal, root, header, "aip", descriptive or {}, part)
    scribe.write(units.get(root, []), [package_premis, *provenance.get(root, [])], pointers)
    return tuple(journal.rows)


def _grouped(files: Sequence[StoredFile]) -> dict[Unit, list[StoredFile]]:
    """The files of each unit, units and files in order of their paths."""
    units: dict[Unit, list[StoredFile]] = {}
    found: dict[str, Unit] = {}
    before = None
    for file in sorted(files, key=lambda file: file.logical_path):
        path = file.logical_path
        if path == before:
            raise WrongUse("two files at one logical path")
        before = path
        if is_document(path):
            if file.original_path is not None:
                raise WrongUse("a submitted file stands where a document of ours must")
            continue
        unit = unit_of(path)
        units.setdefault(found.setdefault(unit.name, unit), []).append(file)
    return units


def _check_agents(events: Sequence[Event], agents: Sequence[Agent]) -> None:
    known = {agent.id for agent in agents}
    for event in events:
        for linked in event.agents:
            if linked.id not in known:
                raise WrongUse(f"an event names the agent {linked.id}, which is not described")


def _write_file_objects(
    journal: Journal, facts: AIPFacts, unit: Unit, files: Sequence[StoredFile], size: int
) -> list[MetadataReference]:
    return [
        MetadataReference(journal.write(unit.premis(number), write_file_objects(facts.aip, unit.path, chunk)), "PREMIS")
        for number, chunk in parts(files, size)
    ]


def _package(
    facts: AIPFacts,
    units: Mapping[Unit, Sequence[StoredFile]],
    *,
    events: Sequence[Event],
    agents: Sequence[Agent],
    touched: Sequence[str] | None,
) -> Package:
    representations = tuple(
        Representation(unit.name, len(files), sum(file.size for file in files))
        for unit, files in units.items()
        if unit.name
    )
    names = tuple(held.name for held in representations) if touched is None else tuple(touched)
    links = tuple(LinkedObject(name, "representation") for name in names)
    return Package(
        aip=facts.aip,
        collection=facts.collection,
        collection_code=facts.collection_code,
        transfer=facts.transfer,
        representations=representations,
        events=tuple(
            replace(event, objects=(*event.objects, *(links if event.type in _PER_FILE else _moved(event))))
            for event in events
        ),
        agents=tuple(agents),
    )


def _moved(event: Event) -> tuple[LinkedObject, ...]:
    """From which representations a migration made which one, where the event says so."""
    made, sources = event.detail.get("representation"), event.detail.get("sources")
    if event.type is not EventType.MIGRATION or not isinstance(made, str) or not isinstance(sources, list):
        return ()
    linked = [LinkedObject(name, "representation") for name in sources if isinstance(name, str)]
    return (*linked, LinkedObject(made, "representation", role="outcome"))


def _header(facts: AIPFacts, identifier: str, label: str) -> Header:
    return Header(
        identifier=identifier,
        label=label,
        created=facts.created,
        modified=facts.version_created,
        revised=facts.version > 1,
        software=facts.software,
        software_version=facts.software_version,
    )


def _alternatives(facts: AIPFacts) -> dict[str, str]:
    """The altRecordIDs. SUBMISSIONAGREEMENT is E-ARK's word; the others are ours."""
    named = {
        "SUBMISSIONAGREEMENT": facts.agreement,
        "TRANSFER": facts.transfer,
        "COLLECTION": facts.collection,
        "COLLECTION CODE": facts.collection_code,
        "VERSION": str(facts.version),
    }
    return {kind: value for kind, value in named.items() if value is not None}
