"""Where an AIP lies on every replica: a function of its id, so that no table has to be believed."""

from dataclasses import dataclass

from preservation.standards.ocfl.layouts import HashedNTuple

HOLDINGS = "ocfl"
RECORD = "repository"


@dataclass(frozen=True, slots=True)
class Locations:
    """`repository` is the id of this repository, and of the AIP in which it keeps its own record."""

    repository: str

    def storage_root(self, aip: str) -> str:
        """The OCFL storage root that holds the AIP."""
        return RECORD if aip == self.repository else HOLDINGS

    def object_root(self, aip: str) -> str:
        """The key prefix of the AIP's OCFL object, on every replica the same."""
        return f"{self.storage_root(aip)}/{HashedNTuple().object_root(aip)}"
