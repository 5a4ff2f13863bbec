"""Events and agents as PREMIS XML, and back.

An event's `detail` stands as JSON in eventDetail. Its `private` part never does: AIPs cannot be erased from, so what
may have to be erased stays beside the ledger. Versions and digests of linked objects are the ledger's as well.
"""

import json

from lxml import etree

from preservation.domain.events import Event, EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.identifiers import is_urn_uuid
from preservation.standards.premis.model import NAMESPACE, Agent
from preservation.standards.xml_text import element_text, path_of, reference, reverse, reversible
from preservation.standards.xml_times import utc_text, utc_time

AGENT_ID_TYPE = "local"

_NS = f"{{{NAMESPACE}}}"
_POLICY = "policy: "
_REPRESENTATIONS = "representations/"


def tag(name: str, text: str) -> str:
    """An element with this text, whatever is in it."""
    return f"<{name}>{element_text(reversible(text))}</{name}>"


def text_of(element: etree._Element, path: str) -> str:
    """The text of the first child element at this path of unqualified names, "" where there is none."""
    return reverse(element.findtext(_NS + path.replace("/", f"/{_NS}")) or "")


def object_name(aip: str, kind: str, identifier: str) -> tuple[str, str]:
    """Identifier type and value of an object: AIPs, representations and files are URIs, other things go by their kind."""
    if kind == "aip":
        return "URI", identifier
    if kind == "representation":
        return "URI", f"{aip}#{reference(_REPRESENTATIONS + identifier)}"
    if kind == "file" and not is_urn_uuid(identifier):
        return "URI", f"{aip}#{reference(identifier)}"
    return kind, identifier


def event_xml(aip: str, event: Event) -> str:
    """The `event` element. `aip` is the URN that names of representations and files start with."""
    parts = [
        "<event><eventIdentifier>",
        tag("eventIdentifierType", "URI"),
        tag("eventIdentifierValue", event.id),
        "</eventIdentifier>",
        tag("eventType", event.type.value),
        tag("eventDateTime", utc_text(event.time)),
    ]
    if event.detail:
        detail = json.dumps(dict(event.detail), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        parts += "<eventDetailInformation>", tag("eventDetail", detail), "</eventDetailInformation>"
    if event.policy is not None:
        parts += "<eventDetailInformation>", tag("eventDetail", _POLICY + event.policy), "</eventDetailInformation>"
    parts += "<eventOutcomeInformation>", tag("eventOutcome", event.outcome.value), "</eventOutcomeInformation>"
    for agent in event.agents:
        parts += (
            "<linkingAgentIdentifier>",
            tag("linkingAgentIdentifierType", AGENT_ID_TYPE),
            tag("linkingAgentIdentifierValue", agent.id),
            tag("linkingAgentRole", agent.role),
            "</linkingAgentIdentifier>",
        )
    for linked in event.objects:
        kind, value = object_name(aip, linked.kind, linked.id)
        parts += (
            "<linkingObjectIdentifier>",
            tag("linkingObjectIdentifierType", kind),
            tag("linkingObjectIdentifierValue", value),
            tag("linkingObjectRole", linked.role),
            "</linkingObjectIdentifier>",
        )
    parts.append("</event>\n")
    return "".join(parts)


def event_of(element: etree._Element) -> Event:
    """The inverse of `event_xml`, but for what it leaves out. ValueError for an element that it does not make."""
    detail: dict[str, Json] = {}
    policy: str | None = None
    for information in element.iterfind(f"{_NS}eventDetailInformation"):
        text = text_of(information, "eventDetail")
        if text.startswith(_POLICY):
            policy = text.removeprefix(_POLICY)
        else:
            detail = _detail(text)
    return Event(
        id=text_of(element, "eventIdentifier/eventIdentifierValue"),
        type=EventType(text_of(element, "eventType")),
        time=utc_time(text_of(element, "eventDateTime")),
        outcome=EventOutcome(text_of(element, "eventOutcomeInformation/eventOutcome")),
        agents=tuple(
            LinkedAgent(text_of(agent, "linkingAgentIdentifierValue"), role=text_of(agent, "linkingAgentRole"))
            for agent in element.iterfind(f"{_NS}linkingAgentIdentifier")
        ),
        objects=tuple(_linked_object(linked) for linked in element.iterfind(f"{_NS}linkingObjectIdentifier")),
        detail=detail,
        policy=policy,
    )


def agent_xml(agent: Agent) -> str:
    """The `agent` element."""
    version = tag("agentVersion", agent.version) if agent.version else ""
    note = tag("agentNote", agent.note) if agent.note else ""
    identifier = tag("agentIdentifierType", AGENT_ID_TYPE) + tag("agentIdentifierValue", agent.id)
    return (
        f"<agent><agentIdentifier>{identifier}</agentIdentifier>"
        f"{tag('agentName', agent.name)}{tag('agentType', agent.type)}{version}{note}</agent>\n"
    )


def agent_of(element: etree._Element) -> Agent:
    """The inverse of `agent_xml`."""
    return Agent(
        id=text_of(element, "agentIdentifier/agentIdentifierValue"),
        name=text_of(element, "agentName"),
        type=text_of(element, "agentType"),
        version=text_of(element, "agentVersion"),
        note=text_of(element, "agentNote"),
    )


def _detail(text: str) -> dict[str, Json]:
    try:
        loaded = json.loads(text)
    except RecursionError as error:
        raise ValueError("the event's detail is nested too deeply") from error
    if not isinstance(loaded, dict):
        raise ValueError("the event's detail is not a JSON object")  # noqa: TRY004 - the text is wrong, not the caller
    return loaded


def _linked_object(element: etree._Element) -> LinkedObject:
    kind = text_of(element, "linkingObjectIdentifierType")
    value = text_of(element, "linkingObjectIdentifierValue")
    role = text_of(element, "linkingObjectRole")
    if kind != "URI":
        return LinkedObject(value, kind, role=role)
    aip, fragment, path = value.partition("#")
    if not fragment:
        return LinkedObject(aip, "aip", role=role)
    path = path_of(path)
    name = path.removeprefix(_REPRESENTATIONS)
    if name != path and "/" not in name:
        return LinkedObject(name, "representation", role=role)
    return LinkedObject(path, "file", role=role)
