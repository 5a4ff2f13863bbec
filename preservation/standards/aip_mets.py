"""The METS documents of one unit of an AIP: whole where its files are few, else a list of parts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from preservation.domain.holdings import StoredFile
from preservation.standards.aip_journal import Journal
from preservation.standards.aip_layout import DESCRIPTIVE, Unit, use_of
from preservation.standards.mets.model import Contents, FileGroup, Header, MetadataReference, Pointer
from preservation.standards.mets.writer import write_mets


@dataclass(frozen=True, slots=True)
class MetsScribe:
    """Writes the METS documents of one unit."""

    journal: Journal
    unit: Unit
    header: Header
    prefix: str
    descriptive: Mapping[str, str]
    part: int

    def write(
        self, files: Sequence[StoredFile], provenance: Sequence[MetadataReference], pointers: Sequence[Pointer]
    ) -> StoredFile:
        """The unit's METS.xml, with all files in it where they are few, else pointing to its parts."""
        if len(files) <= self.part:
            contents = self._contents(files, self.prefix)
        else:
            below = [self._write_part(number, chunk) for number, chunk in parts(files, self.part)]
            contents = Contents(self.unit.base, self.prefix, pointers=below)
        whole = replace(contents, provenance=provenance, pointers=[*contents.pointers, *pointers])
        return self.journal.write(self.unit.mets(), write_mets(self.header, whole))

    def _write_part(self, number: int, files: Sequence[StoredFile]) -> Pointer:
        name = f"METS-{number:05d}"
        header = replace(
            self.header, identifier=f"{self.header.identifier}/{name}", label=f"{self.header.label} - {name}"
        )
        contents = self._contents(files, f"{self.prefix}-{number}")
        document = self.journal.write(self.unit.mets(number), write_mets(replace(header, alternatives={}), contents))
        return Pointer(f"Data/{name}" if self.unit.name else f"Documentation/{name}", document)

    def _contents(self, files: Sequence[StoredFile], prefix: str) -> Contents:
        described: list[MetadataReference] = []
        groups: dict[str, list[StoredFile]] = {}
        for file in files:
            if file.logical_path.startswith(DESCRIPTIVE, len(self.unit.base)):
                described.append(MetadataReference(file, self.descriptive.get(file.logical_path, "AS RECEIVED")))
            else:
                groups.setdefault(use_of(self.unit, file.logical_path), []).append(file)
        listed = [FileGroup(use, groups[use]) for use in sorted(groups)]
        return Contents(self.unit.base, prefix, descriptive=described, groups=listed)


def parts(files: Sequence[StoredFile], size: int) -> Iterator[tuple[int, Sequence[StoredFile]]]:
    """Runs of at most `size` files, numbered from 1."""
    for number, start in enumerate(range(0, len(files), size), 1):
        yield number, files[start : start + size]
