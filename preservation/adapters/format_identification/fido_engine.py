"""FIDO 1.6 as a library: its signatures, its matching rules and its container step, without reading them again for each file.

FIDO looks every pattern up in an XML tree and parses its container signatures anew for every file. What it decides is kept
as it is: the order of formats, the precedence between them, one container path for each signature, the extension as the last
resort. Only when and how often the signatures are read differs, and the answers come back instead of being printed.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from fido import CONFIG_DIR
from fido.fido import Fido
from fido.package import OlePackage, ZipPackage
from fido.versions import get_local_versions

from preservation.adapters.format_identification.droid_formats import format_elements, read_release

_SEARCHED: Final = ("EOF", "VAR", "IFB")


@dataclass(frozen=True, slots=True)
class FidoMatch:
    """A format of FIDO's: `identifier` is a PUID or one of its own (`fido-fmt/…`)."""

    identifier: str
    name: str
    version: str
    mime: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    match: FidoMatch
    signatures: tuple[tuple[tuple[str, "re.Pattern[bytes]"], ...], ...]
    extensions: frozenset[str]
    container: str


class FidoEngine(Fido):  # type: ignore[misc]  # FIDO has no type hints
    """FIDO with explicit signature files: those that its `versions.xml` names, in its own configuration folder.

    `droid` is a DROID signature file to use instead of FIDO's own formats, `containers` one of DROID's container signatures.
    FIDO's few own formats stay. ValueError for a file that is none.
    """

    def __init__(self, *, droid: Path | None = None, containers: Path | None = None) -> None:
        versions = get_local_versions(CONFIG_DIR)
        own, extensions = versions.pronom_signature, versions.fido_extension_signature
        super().__init__(quiet=True, conf_dir=CONFIG_DIR, format_files=[own, extensions] if droid is None else [])
        self.pronom_version = str(versions.pronom_version)
        if droid is not None:
            release = read_release(droid)
            self.pronom_version = release.version
            for element in format_elements(release):
                self.process_format_element(element)
            self.load_fido_xml(os.path.join(CONFIG_DIR, extensions))
        self.container_file = str(containers.name if containers else versions.pronom_container_signature)
        tree = _container_tree(containers or Path(CONFIG_DIR) / self.container_file)
        self._containers = {kind: self.extract_signatures(tree, signature_type=kind) for kind in ("ZIP", "OLE2")}
        self._prepared = [_prepare(element) for element in self.formats]
        self._by_identifier = {each.match.identifier: each for each in self._prepared}

    def examine(self, path: str) -> tuple[str, list[FidoMatch], str]:
        """(kind of match, matches without inferior ones, warning). The kind is signature, container, extension or "".

        Raises OSError if the file cannot be read.
        """
        size = os.stat(path).st_size
        warning = "the file is empty" if size == 0 else ""
        with open(path, "rb") as stream:
            beginning, end, _ = self.get_buffers(stream, size, seekable=True)
        found = self._match(beginning, end) if size else []
        container = next((each.container for each in found if each.container), "")
        if container in ("zip", "ole"):
            inside, problem = self._inside(container, path)
            if inside:
                return "container", inside, ""
            warning = problem
        if found:
            return "signature", [each.match for each in found], warning
        by_name = self._match_extension(path)
        return ("extension" if by_name else ""), by_name, warning

    def _match(self, beginning: bytes, end: bytes) -> list[_Prepared]:
        result: list[_Prepared] = []
        for each in self._prepared:
            if self._stands(each, result) and any(_fits(patterns, beginning, end) for patterns in each.signatures):
                result.append(each)
        return [each for each in result if self._stands(each, result)]

    def _stands(self, format_: _Prepared, others: Sequence[_Prepared]) -> bool:
        """Whether none of the others has priority over it."""
        return not any(
            format_.match.identifier in self.puid_has_priority_over_map[other.match.identifier] for other in others
        )

    def _match_extension(self, name: str) -> list[FidoMatch]:
        extension = os.path.splitext(name)[1].lower().lstrip(".")
        if not extension:
            return []
        found = [each for each in self._prepared if extension in each.extensions]
        return [each.match for each in found if self._stands(each, found)]

    def _inside(self, container: str, path: str) -> tuple[list[FidoMatch], str]:
        """What the container step finds, and what kept it from finding out."""
        reader, kind = (ZipPackage, "ZIP") if container == "zip" else (OlePackage, "OLE2")
        try:
            identifiers = reader(path, self._containers[kind]).detect_formats()
        except Exception as problem:  # noqa: BLE001 - its readers let every error of a damaged container out
            return [], f"the container could not be read ({type(problem).__name__})"
        return [
            self._by_identifier[each].match for each in dict.fromkeys(identifiers) if each in self._by_identifier
        ], ""


def _container_tree(path: Path) -> Any:
    """Raises ValueError if it is not XML, or declares a document type."""
    try:
        data = path.read_bytes()
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise ValueError("a container signature file with a document type")
        return ET.ElementTree(ET.fromstring(data))  # noqa: S314 - without entities, as was just seen
    except ET.ParseError as problem:
        raise ValueError(f"not a container signature file: {problem}") from problem


def _fits(patterns: Sequence[tuple[str, "re.Pattern[bytes]"]], beginning: bytes, end: bytes) -> bool:
    return all(
        pattern.match(beginning) if position == "BOF" else pattern.search(end if position == "EOF" else beginning)
        for position, pattern in patterns
    )


def _prepare(element: Any) -> _Prepared:
    """Raises ValueError if a pattern is no regular expression or has an unknown position."""
    identifier = element.findtext("puid")
    container = element.findtext("container") or ("ole" if identifier == "fmt/111" else "")
    try:
        signatures = tuple(
            tuple(
                (_position(pattern), re.compile(pattern.findtext("regex").encode("utf-8")))
                for pattern in signature.findall("pattern")
            )
            for signature in element.findall("signature")
        )
    except re.error as problem:
        raise ValueError(f"signature of {identifier}: {problem}") from problem
    return _Prepared(
        match=FidoMatch(
            identifier=identifier,
            name=element.findtext("name") or "",
            version=element.findtext("version") or "",
            mime=element.findtext("mime") or "",
        ),
        signatures=signatures,
        extensions=frozenset(each.text for each in element.findall("extension")),
        container=container,
    )


def _position(pattern: Any) -> str:
    position = str(pattern.findtext("position"))
    if position != "BOF" and position not in _SEARCHED:
        raise ValueError(f"unknown position {position}")
    return position
