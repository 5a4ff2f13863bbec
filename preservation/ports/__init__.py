"""What the core needs from the outside. Each Protocol carries its promise; an adapter keeps it, a contract suite tests it."""

from preservation.ports.access import ExportTarget
from preservation.ports.catalogue import Catalogue
from preservation.ports.catalogue_transaction import CatalogueTransaction
from preservation.ports.deposits import DepositSpace, UploadSink
from preservation.ports.drops import DropPlace
from preservation.ports.formats import DescribedIdentifier, FormatIdentifier, ScratchFolder
from preservation.ports.jobs import JobBell, JobTable, JobWatch
from preservation.ports.packages import PackageReader
from preservation.ports.people import AccountTable, IdentityProvider, PasswordHasher
from preservation.ports.replicas import ReplicaOpener, ReplicaStore, Sink, VersionWriter
from preservation.ports.system import Clock, Locks, Minter, Progress, Signer

__all__ = [
    "AccountTable",
    "Catalogue",
    "CatalogueTransaction",
    "Clock",
    "DepositSpace",
    "DescribedIdentifier",
    "DropPlace",
    "ExportTarget",
    "FormatIdentifier",
    "IdentityProvider",
    "JobBell",
    "JobTable",
    "JobWatch",
    "Locks",
    "Minter",
    "PackageReader",
    "PasswordHasher",
    "Progress",
    "ReplicaOpener",
    "ReplicaStore",
    "ScratchFolder",
    "Signer",
    "Sink",
    "UploadSink",
    "VersionWriter",
]
