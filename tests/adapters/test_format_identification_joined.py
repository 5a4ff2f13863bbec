"""Two engines as one, and the walk through folders."""

import os
from collections.abc import Sequence
from pathlib import Path

from preservation.adapters.format_identification.joined import JoinedIdentifier, Opinions
from preservation.adapters.format_identification.tree import walk_files
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.policies import SecondOpinion
from preservation.services.second_opinion import asks_about, preferred


class Fixed:
    """Answers from a table, and remembers what it was asked."""

    def __init__(self, answers: dict[str, FormatIdentification | str]) -> None:
        self._answers = answers
        self.asked: list[str] = []
        self.closed = False

    def identify(self, paths: Sequence[str]) -> Sequence[FormatIdentification | str]:
        self.asked.extend(paths)
        return [self._answers[path] for path in paths]

    def close(self) -> None:
        self.closed = True


def said(engine: str, puid: str | None, basis: Basis) -> FormatIdentification:
    return FormatIdentification(puid, "", "", "", basis, engine, "1", "s")


FIRST: dict[str, FormatIdentification | str] = {
    "sure": said("a", "fmt/1", Basis.BYTE),
    "guess": said("a", "fmt/2", Basis.EXTENSION),
    "unknown": said("a", None, Basis.NONE),
    "failed": "The engine hung.",
    "lost": "The engine hung.",
}
SECOND: dict[str, FormatIdentification | str] = {
    "sure": said("b", "fmt/9", Basis.BYTE),
    "guess": said("b", "fmt/3", Basis.BYTE),
    "unknown": said("b", None, Basis.NONE),
    "failed": said("b", "fmt/4", Basis.BYTE),
    "lost": "This one too.",
}


def joined(setting: SecondOpinion) -> tuple[JoinedIdentifier, Fixed, Fixed]:
    first, second = Fixed({**FIRST}), Fixed({**SECOND})
    return JoinedIdentifier(first, second, asks_about=asks_about(setting), prefer=preferred), first, second


def test_the_second_engine_is_asked_about_what_is_doubtful_or_failed() -> None:
    both, _, second = joined(SecondOpinion.DOUBTFUL)

    answers = both.identify(list(FIRST))

    assert second.asked == ["guess", "unknown", "failed", "lost"]
    assert [each if isinstance(each, str) else (each.engine, each.puid) for each in answers] == [
        ("a", "fmt/1"),
        ("b", "fmt/3"),
        ("a", None),
        ("b", "fmt/4"),
        "The engine hung.",
    ]


def test_a_contradiction_shows_in_the_first_engines_answer() -> None:
    both, _, second = joined(SecondOpinion.ALWAYS)

    (answer,) = both.identify(["sure"])

    assert second.asked == ["sure"]
    assert isinstance(answer, FormatIdentification)
    assert (answer.puid, answer.warning) == ("fmt/1", "b 1 says fmt/9")


def test_both_opinions_can_be_had() -> None:
    both, _, _ = joined(SecondOpinion.DOUBTFUL)

    assert both.opinions(["sure", "guess"]) == [
        Opinions(FIRST["sure"], None),
        Opinions(FIRST["guess"], SECOND["guess"]),
    ]


def test_without_a_second_engine_the_first_answers_alone() -> None:
    alone = JoinedIdentifier(Fixed({**FIRST}), asks_about=asks_about(SecondOpinion.ALWAYS), prefer=preferred)

    assert alone.identify(list(FIRST)) == list(FIRST.values())
    assert alone.opinions(["guess"]) == [Opinions(FIRST["guess"], None)]


def test_closing_closes_both() -> None:
    both, first, second = joined(SecondOpinion.NEVER)

    both.close()

    assert (first.closed, second.closed) == (True, True)


def test_a_walk_yields_every_file_in_order_and_enters_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    for folder in (outside, inside / "b", inside / "a" / "deep"):
        folder.mkdir(parents=True)
    for file in (outside / "secret", inside / "z", inside / "b" / "1", inside / "a" / "deep" / "2"):
        file.touch()
    (inside / "link").symlink_to(outside)
    odd = os.path.join(os.fsencode(inside), b"\xff\n")
    with open(odd, "wb"):
        pass

    found = list(walk_files(os.fsencode(inside)))

    names = [os.path.relpath(each, os.fsencode(inside)) for each in found if isinstance(each, bytes)]
    assert names == [b"link", b"z", b"\xff\n", b"a/deep/2", b"b/1"]


def test_a_file_a_link_or_nothing_is_yielded_as_itself(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)

    for name in ("file", "link", "missing"):
        path = os.fsencode(tmp_path / name)

        assert list(walk_files(path)) == [path]


def test_a_folder_that_becomes_a_link_while_we_walk_is_not_entered(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    (inside / "b").mkdir(parents=True)
    outside.mkdir()
    (inside / "a").touch()
    (outside / "secret").touch()
    walk = walk_files(os.fsencode(inside))
    first = next(walk)

    (inside / "b").rmdir()
    (inside / "b").symlink_to(outside)
    rest = list(walk)

    assert first == os.fsencode(inside / "a")
    assert rest == [(os.fsencode(inside / "b"), "The folder cannot be looked into: Not a directory.")]
