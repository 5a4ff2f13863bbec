"""Parts of ZIP packages (OPC, OpenDocument), read within bounds and without anything that XML could fetch."""

import zipfile

from lxml import etree

_MOST_PART = 256 << 20
_MOST_PARTS = 50_000


class Unfit(ValueError):
    """The package cannot be read, or is not to be read."""


class Package:
    """A ZIP file of XML parts."""

    def __init__(self, path: str) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as problem:
            raise Unfit(str(problem)) from problem
        if len(self._archive.infolist()) > _MOST_PARTS:
            raise Unfit("too many parts")

    def names(self) -> list[str]:
        return self._archive.namelist()

    def data(self, name: str) -> bytes:
        """Of one part. Raises Unfit."""
        try:
            with self._archive.open(name) as stream:
                data = stream.read(_MOST_PART + 1)
        except (
            KeyError,
            zipfile.BadZipFile,
            OSError,
            RuntimeError,
            NotImplementedError,
            EOFError,
            ValueError,
        ) as problem:
            raise Unfit(f"{name}: {problem}") from problem
        if len(data) > _MOST_PART:
            raise Unfit(f"{name} is larger than {_MOST_PART} bytes")
        return data

    def xml(self, name: str) -> etree._Element:
        """The root of one part; no document type, no entity, nothing from elsewhere. Raises Unfit."""
        return parsed(self.data(name), name)


def parsed(data: bytes, name: str) -> etree._Element:
    """The root of a document. Raises Unfit."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        raise Unfit(f"{name}: {problem}") from problem
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise Unfit(f"{name} has a document type, which such a document has not")
    return root
