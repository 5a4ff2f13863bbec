"""What the core needs from the outside. Each Protocol carries its promise; an adapter keeps it, a contract suite tests it."""

from preservation.ports.access import ExportTarget
from preservation.ports.catalogue import Catalogue, CatalogueTransaction
from preservation.ports.formats import DescribedIdentifier, FormatIdentifier, ScratchFolder
from preservation.ports.packages import PackageReader
from preservation.ports.replicas import ReplicaOpener, ReplicaStore, Sink, VersionWriter
from preservation.ports.system import Clock, Minter, Progress, Signer

__all__ = [
    "Catalogue",
    "CatalogueTransaction",
    "Clock",
    "DescribedIdentifier",
    "ExportTarget",
    "FormatIdentifier",
    "Minter",
    "PackageReader",
    "Progress",
    "ReplicaOpener",
    "ReplicaStore",
    "ScratchFolder",
    "Signer",
    "Sink",
    "VersionWriter",
]
