"""What is held, identified again: who is asked about, what changes by it, what is kept of it, what a rebuild makes of it."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.adapters.scratch import Scratch
from preservation.domain.events import Event, EventOutcome, EventType
from preservation.domain.formats import Basis, EngineDescription, FormatIdentification
from preservation.domain.packages import PackageLimits
from preservation.errors import NotHere, Unavailable
from preservation.services.answer_report import AnswerReport
from preservation.services.identification_history import Occasion, history_of
from preservation.services.ingest_request import IngestRequest
from preservation.services.reidentification import GROUP_FILES, Reidentification
from preservation.services.reidentification_record import ACT, ReidentificationTerms
from preservation.services.reidentified import Outcome, Scope
from preservation.settings import read_settings
from tests.forks import in_a_fork
from tests.homes import Quiet, TestHome, assert_sound, make_home, preservation
from tests.package_builders import write_files

DATA = "representations/rep1/data/"


class WordEngine:
    """Answers by a word of the content: a PUID, "?x" for x by extension, "a,b" for both, "-" for nothing, "!" a sentence."""

    def __init__(self, word: int, *, name: str = "siegfried", signatures: str = "PRONOM V2") -> None:
        self._word = word
        self._about = EngineDescription(name, "1", signatures)
        self.asked: list[Path] = []

    def describe(self) -> EngineDescription:
        return self._about

    def identify(self, paths: Sequence[str]) -> Sequence[FormatIdentification | str]:
        self.asked += map(Path, paths)
        return [self._answer(Path(path).read_text().split()[self._word]) for path in paths]

    def close(self) -> None: ...

    def _answer(self, word: str) -> FormatIdentification | str:
        if word == "!":
            return "The engine was killed by signal 9 at this file."
        puids = [] if word == "-" else word.removeprefix("?").split(",")
        basis = Basis.NONE if not puids else Basis.EXTENSION if word[0] == "?" else Basis.BYTE
        about = self._about
        first = puids[0] if puids else None
        return FormatIdentification(
            first, "", "", "", basis, about.engine, about.version, about.signatures, tuple(puids[1:])
        )


class StopsAt(WordEngine):
    """Does something else once it has been asked about so many files."""

    def __init__(self, word: int, files: int, stop: Callable[[], None]) -> None:
        super().__init__(word)
        self._files, self._stop = files, stop

    def identify(self, paths: Sequence[str]) -> Sequence[FormatIdentification | str]:
        if len(self.asked) + len(paths) > self._files:
            self._stop()
        return super().identify(paths)


FILES: Mapping[str, bytes] = {
    "ambiguous.a": b"fmt/1,fmt/2 fmt/2",
    "extension.b": b"?fmt/3 fmt/3",
    "failed.c": b"- !",
    "lost.d": b"fmt/4 -",
    "new.e": b"- fmt/2000",
    "other.f": b"fmt/5 fmt/2001",
    "still.g": b"- ?fmt/6",
    "sure.h": b"fmt/7 fmt/7",
}


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


def take_in(home: TestHome, *packages: Path) -> list[str]:
    """Ingest, with an engine of older signatures, whose answer is a content's first word."""
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        collection = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
        service = repository.ingest(WordEngine(0, signatures="PRONOM V1"))
        aips = []
        for package in packages:
            with closing(open_package(package, repository.home.staging, PackageLimits())) as reader:
                aips.append(service.take_in(IngestRequest(reader, collection), Quiet()).aip)
    assert all(aips)
    return [str(aip) for aip in aips]


@contextmanager
def working(home: TestHome, engine: WordEngine) -> Iterator[Reidentification]:
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        yield Reidentification(
            catalogue=repository.catalogue,
            replicas=repository.replicas,
            locations=repository.locations,
            recorder=repository.recorder,
            engine=engine,
            scratch=(Scratch(repository.home.staging, "again-a"), Scratch(repository.home.staging, "again-b")),
        )


def again(
    home: TestHome,
    engine: WordEngine | None = None,
    *,
    scope: Scope = Scope.DOUBTFUL,
    touched: Sequence[str] = (),
    aip: str | None = None,
    limit: int | None = None,
) -> AnswerReport[Outcome]:
    asked = engine or WordEngine(1)
    with working(home, asked) as job:
        terms = ReidentificationTerms(scope, asked.describe(), touched, None)
        return job.run(terms, Quiet(), aip=aip, limit=limit)


def acts(home: TestHome) -> list[Event]:
    return [one for one in home.events(EventType.FORMAT_IDENTIFICATION) if one.detail.get("act") == ACT]


def puids(home: TestHome, aip: str) -> dict[str, str | None]:
    with home.catalogue() as catalogue:
        return {
            file.logical_path.removeprefix(DATA): file.format.puid if file.format else None
            for file in catalogue.files(aip)
            if file.original_path is not None
        }


def held(home: TestHome) -> dict[str | None, int]:
    with home.catalogue() as catalogue:
        return {one.puid: one.files for one in catalogue.format_holdings() if one.puid}


def outcomes(report: AnswerReport[Outcome]) -> dict[Outcome, int]:
    return {outcome: count for outcome in Outcome if (count := report.count_of(outcome))}


def test_what_is_doubtful_is_asked_about_and_a_firm_answer_holds_from_then_on(home: TestHome, tmp_path: Path) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", FILES))

    report = again(home)

    assert (report.aips, report.asked) == (1, 5)
    assert outcomes(report) == {Outcome.CHANGED: 3, Outcome.UNCONFIRMED: 1, Outcome.FAILED: 1}
    assert puids(home, aip) == {
        "ambiguous.a": "fmt/2",
        "extension.b": "fmt/3",
        "failed.c": None,
        "lost.d": "fmt/4",
        "new.e": "fmt/2000",
        "other.f": "fmt/5",
        "still.g": None,
        "sure.h": "fmt/7",
    }
    assert held(home) == {"fmt/2": 1, "fmt/3": 1, "fmt/4": 1, "fmt/2000": 1, "fmt/5": 1, "fmt/7": 1}
    (act,) = acts(home)
    assert (act.detail["asked"], act.detail["changed"], act.detail["parts"]) == (5, 3, 1)
    assert act.outcome is EventOutcome.WARNING
    assert_sound(home)


def test_formats_that_new_signatures_touch_are_asked_about_though_they_were_sure(
    home: TestHome, tmp_path: Path
) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", FILES))

    report = again(home, touched=["fmt/4", "fmt/5"])

    assert report.asked == 7
    assert puids(home, aip)["other.f"] == "fmt/2001"
    assert puids(home, aip)["lost.d"] == "fmt/4"
    assert [one.finding.path.removeprefix(DATA) for one in report.findings if "NOT" in one.finding.code] == ["lost.d"]


def test_by_hand_every_file_that_has_no_answer_of_the_engine_yet_is_asked_about(home: TestHome, tmp_path: Path) -> None:
    take_in(home, write_files(tmp_path / "p", FILES))

    first = again(home, scope=Scope.ALL)
    second = again(home, scope=Scope.ALL)
    narrower = again(home)

    assert (first.asked, second.asked, narrower.asked) == (8, 0, 0)


def test_another_engine_settles_what_was_doubtful_and_contradicts_without_changing_anything(
    home: TestHome, tmp_path: Path
) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", FILES))
    before = puids(home, aip)

    report = again(home, WordEngine(1, name="fido"), scope=Scope.ALL)

    assert [(one.finding.code, one.finding.path.removeprefix(DATA)) for one in report.findings] == [
        ("FORMAT-CHANGED", "ambiguous.a"),
        ("FORMAT-CHANGED", "extension.b"),
        ("FORMAT-CHANGED", "new.e"),
        ("FORMAT-CONTRADICTED", "other.f"),
    ]
    assert puids(home, aip) == {**before, "ambiguous.a": "fmt/2", "extension.b": "fmt/3", "new.e": "fmt/2000"}


def test_every_identification_stays_in_the_history_of_a_file(home: TestHome, tmp_path: Path) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", {"x.a": b"- ?fmt/1 fmt/2 fmt/3"}))
    again(home, WordEngine(1, signatures="PRONOM V2"))
    again(home, WordEngine(2, signatures="PRONOM V3"))
    again(home, WordEngine(3, signatures="PRONOM V4"), scope=Scope.ALL)

    with home.catalogue() as catalogue:
        found = history_of(catalogue, aip, f"{DATA}x.a")

    answers = [one.answer.puid for one in found if isinstance(one.answer, FormatIdentification)]
    assert answers == [None, "fmt/1", "fmt/2", "fmt/3"]
    assert [one.occasion for one in found] == [Occasion.INGEST, *[Occasion.AGAIN] * 3]
    assert [one.is_present for one in found] == [False, False, False, True]
    with home.catalogue() as catalogue, pytest.raises(NotHere):
        history_of(catalogue, aip, f"{DATA}y.a")


def test_a_file_that_was_replaced_has_no_history_of_the_content_before_it(home: TestHome, tmp_path: Path) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", {"x.a": b"- fmt/40"}))
    again(home, WordEngine(1, signatures="PRONOM V2"))
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        place = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
        replaced = write_files(tmp_path / "q", {"x.a": b"fmt/18 and other content"})
        with closing(open_package(replaced, repository.home.staging, PackageLimits())) as reader:
            ingest = repository.ingest(WordEngine(0, signatures="PRONOM V2"))
            ingest.take_in(IngestRequest(reader, place, aip=aip), Quiet())

    with home.catalogue() as catalogue:
        found = history_of(catalogue, aip, f"{DATA}x.a")

    answers = [one.answer.puid for one in found if isinstance(one.answer, FormatIdentification)]
    assert answers == ["fmt/18"]
    assert [(one.occasion, one.is_present) for one in found] == [(Occasion.INGEST, True)]


def test_a_rebuild_from_one_replica_knows_what_was_identified_again(home: TestHome, tmp_path: Path) -> None:
    aip, other = take_in(home, write_files(tmp_path / "p", FILES), write_files(tmp_path / "q", {"r.a": b"- fmt/8"}))
    again(home, touched=["fmt/5"])
    # A later version is written with what is known by then.
    supplement = write_files(tmp_path / "s", {"more.z": b"fmt/9"})
    assert home.ingest(supplement, "--aip", aip, "--mode", "supplement")[0]["status"] == "preserved"
    again(home, WordEngine(-1, signatures="PRONOM V3"), scope=Scope.ALL)
    copy = tmp_path / "copy"

    key: list[str | Path] = ["--key", home.root / "keys" / "ledger.key"]
    answer = preservation("rebuild", "--from", home.replica("b"), "--home", copy, *key, "--json")

    assert answer.status == 0, answer
    rebuilt = TestHome(copy)
    assert puids(rebuilt, aip) == puids(home, aip)
    assert puids(rebuilt, aip)["new.e"] == "fmt/2000"
    assert puids(rebuilt, other) == {"r.a": "fmt/8"}
    assert rebuilt.dump() == home.dump()
    assert held(rebuilt) == held(home)


def test_damaged_bytes_are_shown_to_nobody_and_the_aip_waits(home: TestHome, tmp_path: Path) -> None:
    first, second = take_in(
        home, write_files(tmp_path / "p", {"a.a": b"- fmt/1"}), write_files(tmp_path / "q", {"b.a": b"- fmt/2"})
    )
    for name in ("a", "b"):
        (content,) = (home.object(first, name)).glob("v1/content/**/a.a")
        content.chmod(0o644)
        content.write_bytes(b"- fmt/6")

    report = again(home)

    assert [one for one, _ in report.waiting] == [first]
    assert (report.aips, puids(home, second)) == (1, {"b.a": "fmt/2"})
    assert puids(home, first) == {"a.a": None}


def test_an_aip_with_a_new_version_meanwhile_waits_and_the_others_are_recorded(home: TestHome, tmp_path: Path) -> None:
    first, second = take_in(
        home, write_files(tmp_path / "p", {"a.a": b"- fmt/1"}), write_files(tmp_path / "q", {"b.a": b"- fmt/2"})
    )
    supplement = write_files(tmp_path / "s", {"c.z": b"fmt/9 fmt/9"})

    class Meanwhile(WordEngine):
        def identify(self, paths: Sequence[str]) -> Sequence[FormatIdentification | str]:
            if paths:
                assert home.ingest(supplement, "--aip", first, "--mode", "supplement")[0]["status"] == "preserved"
            return super().identify(paths)

    report = again(home, Meanwhile(1))
    later = again(home)

    assert [one for one, _ in report.waiting] == [first]
    assert (report.aips, later.aips) == (1, 1)
    assert puids(home, first)["a.a"] == "fmt/1"
    assert puids(home, second) == {"b.a": "fmt/2"}


def test_one_aip_can_be_named_and_a_number_of_them_be_asked_for(home: TestHome, tmp_path: Path) -> None:
    aips = take_in(home, *(write_files(tmp_path / str(n), {f"{n}.a": b"- fmt/1"}) for n in range(3)))

    named = again(home, aip=aips[1])
    limited = again(home, limit=1)

    assert (named.aips, limited.aips) == (1, 1)
    assert [puids(home, one) for one in aips] == [{"0.a": "fmt/1"}, {"1.a": "fmt/1"}, {"2.a": None}]
    with pytest.raises(NotHere):
        again(home, aip="urn:uuid:00000000-0000-4000-8000-000000000000")


def test_an_engine_that_goes_away_ends_the_run_which_keeps_what_is_done(home: TestHome, tmp_path: Path) -> None:
    many = {f"{n:04}.a": b"- fmt/1" for n in range(GROUP_FILES)}
    take_in(home, write_files(tmp_path / "p", many), write_files(tmp_path / "q", {"b.a": b"- fmt/2"}))

    def gone() -> None:
        raise Unavailable("siegfried does not start")

    with pytest.raises(Unavailable):
        again(home, StopsAt(1, len(many), gone))
    kept = len(acts(home))
    report = again(home)

    assert (kept, report.aips, report.asked) == (1, 1, 1)
    assert_sound(home)


def test_a_run_that_is_killed_goes_on_behind_what_it_recorded(home: TestHome, tmp_path: Path) -> None:
    many = {f"{n:04}.a": b"- fmt/1" for n in range(GROUP_FILES)}
    packages = [write_files(tmp_path / "p", many), write_files(tmp_path / "q", {"b.a": b"- fmt/2", "c.a": b"- fmt/3"})]
    aips = take_in(home, *packages)

    def work() -> int:
        with working(home, WordEngine(1)) as job:
            engine = StopsAt(1, len(many), lambda: os.kill(os.getpid(), signal.SIGKILL))
            terms = ReidentificationTerms(Scope.DOUBTFUL, engine.describe(), (), None)
            slow = replace(job, engine=engine)
            return slow.run(terms, Quiet()).aips

    status = in_a_fork(work)
    engine = WordEngine(1)
    again(home, engine)

    assert status == -signal.SIGKILL
    assert len(engine.asked) in (2, len(many) + 2)
    assert set(puids(home, aips[0]).values()) == {"fmt/1"}
    assert puids(home, aips[1]) == {"b.a": "fmt/2", "c.a": "fmt/3"}
    assert_sound(home)
