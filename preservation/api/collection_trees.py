"""The tree of collections, as requests need it: asked of the database at most every few seconds."""

import time
from threading import Lock

from preservation.domain.people import CollectionTree
from preservation.ports import Catalogue

_SECONDS = 5.0
# What is not in the tree may just have been made; and whoever asks for what never was must not cost a query each time.
_STRANGE_SECONDS = 0.2


class CollectionTrees:
    """Safe for threads. A collection that the kept tree lacks makes it be read anew sooner."""

    def __init__(self, catalogue: Catalogue, seconds: float = _SECONDS) -> None:
        self._catalogue = catalogue
        self._seconds = seconds
        self._lock = Lock()
        self._tree = CollectionTree(())
        self._read = float("-inf")

    def tree(self, collection: str | None = None) -> CollectionTree:
        """The tree. With `collection` one that has it, if it was there a moment ago."""
        with self._lock:
            age = time.monotonic() - self._read
            is_strange = collection is not None and collection not in self._tree
            if age > self._seconds or (is_strange and age > _STRANGE_SECONDS):
                self._tree = CollectionTree((one.id, one.parent) for one in self._catalogue.collections())
                self._read = time.monotonic()
            return self._tree

    def forget(self) -> None:
        """After a change of the collections."""
        with self._lock:
            self._read = float("-inf")
