"""Second opinions on what is kept: whom the job asks, about what, what it records, and what stops it."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from preservation import bootstrap
from preservation.adapters.format_identification.engine_process import EngineCommand
from preservation.adapters.format_identification.limits import Limits
from preservation.adapters.format_identification.pool import ProcessIdentifier
from preservation.adapters.packages.opening import open_package
from preservation.adapters.scratch import Scratch
from preservation.domain.events import Event, EventOutcome, EventType
from preservation.domain.formats import Basis, EngineDescription, FormatIdentification
from preservation.domain.identifiers import version_id
from preservation.domain.packages import PackageLimits
from preservation.domain.policies import FormatEngine, FormatPolicy, SecondOpinion
from preservation.errors import NotHere, Unavailable
from preservation.services.answer_report import AnswerReport
from preservation.services.format_review import GROUP_FILES, FormatReview
from preservation.services.format_review_record import ACT, read_opinions
from preservation.services.ingest_request import IngestRequest
from preservation.services.second_opinion import Verdict
from preservation.settings import read_settings
from tests.forks import in_a_fork
from tests.homes import Quiet, TestHome, assert_sound, make_home
from tests.package_builders import write_files

DATA = "representations/rep1/data/"
DOUBTFUL, ALWAYS = SecondOpinion.DOUBTFUL, SecondOpinion.ALWAYS


class TableEngine:
    """Answers by the file's content, which names a PUID for each engine, and remembers what it was shown.

    A content is "first second": what each engine says. "-" is nothing, "?x" is x by extension, "!" is a sentence.
    """

    def __init__(self, name: str, word: int, version: str = "1") -> None:
        self._name = name
        self._word = word
        self._version = version
        self.asked: list[Path] = []
        self.suffixes: list[str] = []
        self.alive = True

    def describe(self) -> EngineDescription:
        return EngineDescription(self._name, self._version, "PRONOM V1")

    def identify(self, paths: Sequence[str]) -> Sequence[FormatIdentification | str]:
        if not self.alive:
            raise Unavailable(f"{self._name} does not start")
        self.asked += map(Path, paths)
        self.suffixes += [Path(path).suffix for path in paths]
        return [self._answer(Path(path).read_text().split()[self._word]) for path in paths]

    def close(self) -> None: ...

    def _answer(self, word: str) -> FormatIdentification | str:
        if word == "!":
            return "The engine was killed by signal 9 at this file."
        basis = Basis.NONE if word == "-" else Basis.EXTENSION if word[0] == "?" else Basis.BYTE
        puid = None if word == "-" else word.removeprefix("?")
        return FormatIdentification(puid, "", "", "", basis, self._name, self._version, "PRONOM V1")


FILES: Mapping[str, bytes] = {
    "agreed.a": b"?fmt/1 fmt/1",
    "disagreed.b": b"fmt/2 fmt/9",
    "failed.c": b"- !",
    "supplied.d": b"?fmt/3 fmt/4",
    "sure.e": b"fmt/5 fmt/5",
    "undecided.f": b"- -",
}
ASKED_IF_DOUBTFUL = {"agreed.a", "failed.c", "supplied.d", "undecided.f"}


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


def take_in(home: TestHome, *packages: Path) -> list[str]:
    """Ingest, with the engine whose answer is a content's first word."""
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        collection = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
        service = repository.ingest(TableEngine("siegfried", 0))
        aips = []
        for package in packages:
            with closing(open_package(package, repository.home.staging, PackageLimits())) as reader:
                aips.append(service.take_in(IngestRequest(reader, collection), Quiet()).aip)
    assert all(aips)
    return [str(aip) for aip in aips]


@contextmanager
def reviewing(
    home: TestHome,
    rule: SecondOpinion = DOUBTFUL,
    *,
    engine: TableEngine | None = None,
    first: TableEngine | None = None,
) -> Iterator[FormatReview]:
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        yield FormatReview(
            catalogue=repository.catalogue,
            replicas=repository.replicas,
            locations=repository.locations,
            recorder=repository.recorder,
            policies=replace(repository.policies, formats=FormatPolicy(second=rule)),
            first=first or TableEngine("siegfried", 0),
            second=engine or TableEngine("fido", 1),
            scratch=Scratch(repository.home.staging),
        )


def review(
    home: TestHome,
    rule: SecondOpinion = DOUBTFUL,
    *,
    engine: TableEngine | None = None,
    first: TableEngine | None = None,
    aip: str | None = None,
    limit: int | None = None,
) -> AnswerReport[Verdict]:
    with reviewing(home, rule, engine=engine, first=first) as job:
        return job.run(Quiet(), aip=aip, limit=limit)


def acts(home: TestHome) -> list[Event]:
    return [one for one in home.events(EventType.FORMAT_IDENTIFICATION) if one.detail.get("act") == ACT]


def opinions(home: TestHome, aip: str, version: int = 1) -> dict[str, tuple[Verdict, str | None]]:
    with home.catalogue() as catalogue:
        found = read_opinions(catalogue, aip, version)
    return {
        path.removeprefix(DATA): (verdict, answer if isinstance(answer, str) else answer.puid)
        for path, (verdict, answer) in found.items()
    }


def test_what_is_doubtful_is_asked_about_and_both_answers_are_recorded_in_one_event(
    home: TestHome, tmp_path: Path
) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", FILES))
    before = home.show(aip)

    report = review(home)

    assert (report.aips, report.asked, report.waiting) == (1, 4, [])
    assert {verdict: report.count_of(verdict) for verdict in Verdict} == {
        Verdict.AGREED: 1,
        Verdict.DISAGREED: 0,
        Verdict.SUPPLIED: 1,
        Verdict.UNDECIDED: 1,
        Verdict.FAILED: 1,
    }
    (act,) = acts(home)
    assert (act.detail["engine"], act.detail["engine_version"], act.detail["signatures"]) == ("fido", "1", "PRONOM V1")
    assert (act.detail["asked"], act.detail["rule"], act.detail["parts"]) == (4, "doubtful", 1)
    assert [one.id for one in act.objects] == [aip, version_id(aip, 1)]
    assert {str(one["path"]).removeprefix(DATA) for one in act.private["files"]} == ASKED_IF_DOUBTFUL  # type: ignore[union-attr,index,call-overload]
    assert {one["engine"] for one in act.private["answers"]} == {"siegfried", "fido"}  # type: ignore[union-attr,index,call-overload]
    after = home.show(aip)
    assert (after["versions"], after["copies"]) == (before["versions"], before["copies"])
    assert [one["puid"] for one in after["files"]] == [one["puid"] for one in before["files"]]
    assert_sound(home)


def test_by_setting_every_file_is_asked_about_and_a_disagreement_is_a_finding(home: TestHome, tmp_path: Path) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", FILES))

    report = review(home, ALWAYS)

    assert report.asked == len(FILES)
    assert [(one.aip, one.finding.code, one.finding.path.removeprefix(DATA)) for one in report.findings] == [
        (aip, "FORMAT-DISAGREEMENT", "disagreed.b"),
        (aip, "FORMAT-SECOND-OPINION", "supplied.d"),
    ]
    assert acts(home)[0].outcome is EventOutcome.WARNING
    assert opinions(home, aip) == {
        "agreed.a": (Verdict.AGREED, "fmt/1"),
        "disagreed.b": (Verdict.DISAGREED, "fmt/9"),
        "failed.c": (Verdict.FAILED, "The engine was killed by signal 9 at this file."),
        "supplied.d": (Verdict.SUPPLIED, "fmt/4"),
        "sure.e": (Verdict.AGREED, "fmt/5"),
        "undecided.f": (Verdict.UNDECIDED, None),
    }


def test_an_aip_is_reviewed_once_by_one_engine_with_the_same_signatures_and_rule(
    home: TestHome, tmp_path: Path
) -> None:
    take_in(home, write_files(tmp_path / "p", FILES), write_files(tmp_path / "q", {"sure": b"fmt/1 fmt/1"}))

    counts = [
        review(home).aips,
        review(home).aips,
        review(home, engine=TableEngine("fido", 1, version="2")).aips,
        review(home, ALWAYS).aips,
        review(home).aips,
        review(home, ALWAYS).aips,
    ]

    assert counts == [2, 0, 2, 2, 0, 0]


def test_a_new_version_is_reviewed_again(home: TestHome, tmp_path: Path) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", {"a": b"- fmt/1"}))
    review(home)
    answer = home.run("ingest", "--aip", aip, write_files(tmp_path / "q", {"a": b"- fmt/2"}))

    report = review(home)

    assert answer.status == 0
    assert report.aips == 1
    assert opinions(home, aip, 1) == {"a": (Verdict.SUPPLIED, "fmt/1")}
    assert opinions(home, aip, 2) == {"a": (Verdict.SUPPLIED, "fmt/2")}


def test_no_engine_seconds_itself(home: TestHome, tmp_path: Path) -> None:
    take_in(home, write_files(tmp_path / "p", {"a": b"- fmt/1"}))
    siegfried, fido = TableEngine("siegfried", 0), TableEngine("fido", 1)

    report = review(home, engine=siegfried, first=fido)

    assert (len(siegfried.asked), len(fido.asked)) == (0, 1)
    assert report.count_of(Verdict.SUPPLIED) == 1


def test_equal_content_under_another_extension_is_shown_under_its_own(home: TestHome, tmp_path: Path) -> None:
    take_in(home, write_files(tmp_path / "p", {"a.doc": b"- -", "b.pdf": b"- -", "c": b"- -"}))
    engine = TableEngine("fido", 1)

    review(home, engine=engine)

    assert engine.suffixes == [".doc", ".pdf", ""]
    assert not any(path.exists() for path in engine.asked[1:])
    assert_sound(home)


def test_damaged_bytes_are_shown_to_nobody(home: TestHome, tmp_path: Path) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", {"a": b"- fmt/1"}))
    stored = next(home.object(aip).glob("v1/content/**/data/a"))
    stored.write_bytes(b"- fmt/9")

    report = review(home)

    assert (report.waiting, opinions(home, aip)) == ([], {"a": (Verdict.SUPPLIED, "fmt/1")})


def test_an_aip_that_no_replica_gives_waits_and_the_others_go_on(home: TestHome, tmp_path: Path) -> None:
    first, second = take_in(
        home, write_files(tmp_path / "p", {"a": b"- fmt/1"}), write_files(tmp_path / "q", {"b": b"- fmt/2"})
    )
    paths = [next(home.object(first, name).glob("v1/content/**/data/a")) for name in ("a", "b")]
    for path in paths:
        path.rename(path.with_name("gone"))

    report = review(home)

    ((waiting, reason),) = report.waiting
    assert (report.aips, waiting) == (1, first)
    assert "a: it is not there; b: it is not there" in reason
    assert (opinions(home, first), opinions(home, second)) == ({}, {"b": (Verdict.SUPPLIED, "fmt/2")})
    for path in paths:
        path.with_name("gone").rename(path)
    assert (review(home).aips, opinions(home, first)) == (1, {"a": (Verdict.SUPPLIED, "fmt/1")})


def test_a_replica_that_is_away_is_done_without(home: TestHome, tmp_path: Path) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", {"a": b"- fmt/1"}))
    home.replica("a").rename(tmp_path / "away")

    report = review(home)

    assert (report.aips, opinions(home, aip)) == (1, {"a": (Verdict.SUPPLIED, "fmt/1")})


class _Stopped(Exception):
    """Somebody ended the run."""


class _StopsAt(TableEngine):
    """Goes away in the middle of a run."""

    def __init__(self, count: int, stop: Callable[[], None]) -> None:
        super().__init__("fido", 1)
        self._count = count
        self._stop = stop

    def identify(self, paths: Sequence[str]) -> Sequence[FormatIdentification | str]:
        if len(self.asked) >= self._count:
            self._stop()
        return super().identify(paths)


def _stop() -> None:
    raise _Stopped


def test_a_run_that_is_ended_keeps_what_is_done_and_the_next_goes_on_behind_it(home: TestHome, tmp_path: Path) -> None:
    packages = [write_files(tmp_path / f"p{number}", {"a": f"- fmt/{number}".encode()}) for number in range(5)]
    aips = take_in(home, *packages)

    with reviewing(home, engine=_StopsAt(3, _stop)) as job, pytest.raises(_Stopped):
        job.run(Quiet())
    kept = [aip for aip in aips if opinions(home, aip)]
    engine = TableEngine("fido", 1)
    report = review(home, engine=engine)

    assert kept == aips[:3]
    assert (report.aips, len(engine.asked)) == (2, 2)
    assert len(acts(home)) == 5
    assert_sound(home)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_run_that_is_killed_asks_again_about_its_last_group_alone(home: TestHome, tmp_path: Path) -> None:
    many = {str(number): b"- fmt/1" for number in range(GROUP_FILES + 2)}
    packages = [write_files(tmp_path / "many", many)]
    packages += [write_files(tmp_path / f"p{number}", {"a": b"- fmt/2"}) for number in range(3)]
    take_in(home, *packages)

    status = in_a_fork(lambda: review(home, engine=_StopsAt(len(many) + 2, _kill)).aips)
    kept = len(acts(home))
    engine = TableEngine("fido", 1)
    report = review(home, engine=engine)

    assert (status, kept) == (-signal.SIGKILL, 1)
    assert (report.aips, len(engine.asked), len(acts(home))) == (3, 3, 4)
    assert_sound(home)


def test_a_file_at_which_the_engine_dies_costs_its_own_answer_only(home: TestHome, tmp_path: Path) -> None:
    (aip,) = take_in(
        home, write_files(tmp_path / "p", {name: f"- {name}".encode() for name in ("a", "dies here", "z")})
    )
    command = EngineCommand("misbehaving", "tests.adapters.misbehaving_engine", {}, {})

    with (
        closing(ProcessIdentifier(command, processes=1, limits=Limits(), scratch=tmp_path)) as engine,
        reviewing(home) as job,
    ):
        report = replace(job, second=engine).run(Quiet())

    assert (report.count_of(Verdict.SUPPLIED), report.count_of(Verdict.FAILED)) == (2, 1)
    verdict, sentence = opinions(home, aip)["dies here"]
    assert verdict is Verdict.FAILED
    assert "misbehaving" in str(sentence)
    assert acts(home)[0].outcome is EventOutcome.WARNING


def test_an_engine_that_cannot_be_started_records_nothing_wrong(home: TestHome, tmp_path: Path) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", {"a": b"- fmt/1"}))
    engine = TableEngine("fido", 1)
    engine.alive = False

    with reviewing(home, engine=engine) as job, pytest.raises(Unavailable):
        job.run(Quiet())

    assert acts(home) == []
    assert (review(home).aips, opinions(home, aip)) == (1, {"a": (Verdict.SUPPLIED, "fmt/1")})


def test_so_many_aips_are_looked_at_as_the_limit_says(home: TestHome, tmp_path: Path) -> None:
    aips = take_in(home, *(write_files(tmp_path / f"p{number}", {"a": b"- -"}) for number in range(3)))

    assert review(home, limit=2).aips == 2
    assert review(home, aip=aips[0]).aips == 0
    assert review(home, aip=aips[2]).aips == 1
    with pytest.raises(NotHere):
        review(home, aip="urn:uuid:00000000-0000-7000-8000-000000000000")


def test_the_answers_about_many_files_take_several_events_and_all_are_read_back(home: TestHome, tmp_path: Path) -> None:
    files = {f"{number:04}{'ế' * 60}": f"- fmt/{number % 7}".encode() for number in range(2 * 1000 + GROUP_FILES)}
    (aip,) = take_in(home, write_files(tmp_path / "p", files))

    report = review(home)

    assert report.count_of(Verdict.SUPPLIED) == len(files)
    parts = acts(home)
    assert [one.detail["asked"] for one in parts] == [1000, 1000, GROUP_FILES]
    assert [one.detail.get("parts") for one in parts] == [None, None, 3]
    assert len(opinions(home, aip)) == len(files)


def test_long_names_close_an_event_before_its_private_part_is_cut(home: TestHome, tmp_path: Path) -> None:
    deep = "/".join(["ế" * 80] * 6)
    files = {f"{deep}/{number}": b"- fmt/1" for number in range(900)}
    (aip,) = take_in(home, write_files(tmp_path / "p", files))

    review(home)

    assert len(acts(home)) > 1
    assert all("cut" not in one.private for one in acts(home))
    assert len(opinions(home, aip)) == len(files)


def test_a_rebuild_keeps_the_answers(home: TestHome, tmp_path: Path) -> None:
    (aip,) = take_in(home, write_files(tmp_path / "p", FILES))
    review(home, ALWAYS)
    new = TestHome(tmp_path / "new")

    answer = new.run("rebuild", "--from", home.replica("b"), "--key", home.root / "keys" / "ledger.key")

    assert (answer.status, answer.json["problems"]) == (0, [])
    assert new.dump() == home.dump()
    assert opinions(new, aip) == opinions(home, aip) != {}
    assert review(new, ALWAYS).aips == 0


def use_engines(home: TestHome, first: FormatEngine, second: SecondOpinion) -> None:
    (home.root / "policies" / "formats.toml").write_text(f'first = "{first}"\nsecond = "{second}"\n')


def shown(home: TestHome, aip: str) -> dict[str, dict[str, Any]]:
    return {one["path"].removeprefix(DATA): one for one in home.show(aip)["files"]}


@pytest.mark.parametrize(("first", "other"), [(FormatEngine.SIEGFRIED, "fido"), (FormatEngine.FIDO, "siegfried")])
def test_the_command_asks_the_engine_that_is_not_first(tmp_path: Path, first: FormatEngine, other: str) -> None:
    home = make_home(tmp_path / "home")
    use_engines(home, first, ALWAYS)
    aip = home.preserved(write_files(tmp_path / "p", {"a.gif": b"GIF89a" + bytes(20) + b"\x00;", "b": b"\x01\x02\xff"}))

    answer = home.run("format", "review")
    again = home.run("format", "review", "--aip", aip, "--limit", "1")

    assert (answer.status, answer.json["engine"], answer.json["reviewed_aips"]) == (0, other, 1)
    assert (answer.json["asked"], answer.json["agreed"], answer.json["waiting"]) == (2, 1, [])
    assert (again.status, again.json["reviewed_aips"]) == (0, 0)
    files = shown(home, aip)
    assert files["a.gif"]["engine"].startswith(first.value)
    second = files["a.gif"]["second_opinion"]
    assert second["engine"].startswith(other)
    assert (second["puid"], second["verdict"]) == ("fmt/4", "agreed")
    assert files["b"]["second_opinion"]
    assert home.run("audit", "verify").status == 0


@pytest.mark.parametrize(
    ("first", "second"), [(FormatEngine.SIEGFRIED, SecondOpinion.NEVER), (FormatEngine.NONE, ALWAYS)]
)
def test_the_command_asks_nobody_where_the_policy_says_so(
    home: TestHome, tmp_path: Path, first: FormatEngine, second: SecondOpinion
) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {"a.gif": b"GIF89a"}))
    use_engines(home, first, second)

    answer = home.run("format", "review")

    assert (answer.status, answer.json["engine"], answer.json["reviewed_aips"]) == (0, None, 0)
    assert acts(home) == []
    assert shown(home, aip)["a.gif"]["second_opinion"] is None


def test_the_command_tells_of_an_aip_that_waits_with_status_3(home: TestHome, tmp_path: Path) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {"a.gif": b"GIF89a"}))
    use_engines(home, FormatEngine.SIEGFRIED, DOUBTFUL)
    for name in ("a", "b"):
        next(home.object(aip, name).glob("v1/content/**/data/a.gif")).unlink()

    answer = home.run("format", "review")

    assert answer.status == 3
    assert [one["aip"] for one in answer.json["waiting"]] == [aip]
