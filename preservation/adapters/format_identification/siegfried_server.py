"""Siegfried's own process: `python -m` this module. The only place that loads the Go library."""

from collections.abc import Mapping, Sequence
from typing import Any

import pygfried

from preservation.adapters.format_identification.frames import Answer
from preservation.adapters.format_identification.server import serve
from preservation.adapters.format_identification.siegfried_answers import ENGINE, answer_from, signatures_of


class SiegfriedEngine:
    """One scanner. Several processes with one scan at a time each do more than several workers in one:
    turning its JSON into objects is done under the interpreter's lock, and everything waits for the slowest of a batch."""

    def __init__(self, options: Mapping[str, str]) -> None:
        signature = options.get("signature")
        self._scanner = pygfried.Scanner(signature=signature) if signature else pygfried.Scanner()
        header = self._scanner.identify_many([])
        self.version = header["siegfried"]
        self._namespace = header["identifiers"][0]["name"]
        self.signatures = signatures_of(header["identifiers"][0]["details"])

    def identify(self, paths: Sequence[str]) -> list[Answer]:
        """An answer that cannot be parsed takes its own file down only: the rest is asked again one by one."""
        try:
            files: Sequence[Mapping[str, Any]] = self._scanner.identify_many(paths)["files"]
            if [file["filename"] for file in files] != list(paths):
                raise ValueError("answers to other questions")
        except (OSError, ValueError) as problem:
            if len(paths) == 1:
                return [f"Siegfried's answer could not be read: {type(problem).__name__}."]
            return [answer for path in paths for answer in self.identify([path])]
        return [
            answer_from(file, namespace=self._namespace, version=self.version, signatures=self.signatures)
            for file in files
        ]


if __name__ == "__main__":
    serve(ENGINE, SiegfriedEngine)
