"""What the archive decides is on record: every change of a policy is an event, and a new version of the repository's own AIP."""

from hashlib import sha512
from pathlib import Path

import pytest

from preservation.domain.events import EventType
from tests.homes import TestHome, assert_sound, make_home, preservation
from tests.package_builders import write_files


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


def policy(home: TestHome, name: str) -> Path:
    return home.root / "policies" / f"{name}.toml"


def head_of_the_record(home: TestHome) -> int:
    with home.catalogue() as catalogue:
        (record,) = [one for one in catalogue.aips() if one.title == "Repository record"]
        return record.head


def assignments(home: TestHome) -> list[tuple[object, object, str | None]]:
    return [
        (event.detail["policy"], event.detail.get("before"), event.objects[0].digest)
        for event in home.events(EventType.POLICY_ASSIGNMENT)
    ]


def test_a_changed_policy_is_one_event_with_both_digests_and_a_new_version_of_the_record(home: TestHome) -> None:
    before, known = policy(home, "fixity").read_bytes(), len(assignments(home))
    head = head_of_the_record(home)
    policy(home, "fixity").write_bytes(b"window_days = 7\n")

    for _ in range(2):
        assert home.run("replica", "sync").status == 0

    digests = [f"sha512:{sha512(data).hexdigest()}" for data in (before, b"window_days = 7\n")]
    assert assignments(home)[known:] == [("fixity", digests[0], digests[1])]
    assert head_of_the_record(home) == head + 1
    assert_sound(home)


def test_a_policy_that_is_missing_is_named_and_nothing_goes_on_without_it(home: TestHome) -> None:
    policy(home, "fixity").unlink()

    answer = home.run("replica", "sync")

    assert answer.status == 2
    assert "fixity.toml" in answer.json["message"]


def test_an_event_names_the_version_of_the_policy_that_it_rests_on(home: TestHome, tmp_path: Path) -> None:
    policy(home, "replication").write_bytes(b"copies = 1\n")

    home.preserved(write_files(tmp_path / "p", {"a.txt": b"a"}))

    event = home.events(EventType.INGESTION)[-1]
    assert event.policy == f"sha512:{sha512(b'copies = 1' + bytes([10])).hexdigest()}"


def test_one_copy_is_enough_where_the_policy_says_so_and_three_are_waited_for(home: TestHome, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "p", {"a.txt": b"a"})

    statuses = []
    for copies in (3, 1):
        policy(home, "replication").write_text(f"copies = {copies}\n")
        statuses.append([(one["status"], one["copies"], one["copies_wanted"]) for one in home.ingest(folder)])

    assert statuses == [[("stored", 2, 3)], [("preserved", 2, 1)]]


def test_a_package_beyond_the_policys_limits_is_rejected(home: TestHome, tmp_path: Path) -> None:
    policy(home, "ingest").write_text("max_files = 2\n")
    folder = write_files(tmp_path / "p", {f"{number}.txt": b"x" for number in range(3)})

    answer = home.run("ingest", folder)

    assert (answer.status, answer.json[0]["status"]) == (1, "rejected")
    assert "PKG-TOO-MANY" in {finding["code"][:12] for finding in answer.json[0]["findings"]}


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("fixity", "window_days = 0\n", "window_days"),
        ("fixity", "window = 3\n", "window"),
        ("replication", 'copies = "two"\n', "copies"),
        ("formats", 'first = "droid"\n', "first"),
        ("ingest", "max_files = true\n", "max_files"),
        ("ingest", "max_files = = 3\n", "TOML"),
    ],
)
def test_a_wrong_policy_stops_every_command_with_file_and_key(
    name: str, text: str, named: str, home: TestHome, tmp_path: Path
) -> None:
    folder = write_files(tmp_path / "p", {"a.txt": b"a"})
    policy(home, name).write_text(text)

    for arguments in (["aip", "list"], ["ingest", str(folder)], ["transfer", "check", str(folder)]):
        answer = home.run(*arguments)

        assert answer.status == 2
        assert f"{name}.toml" in answer.json["message"]
        assert named in answer.json["message"]


def test_collections_are_on_record_and_a_taken_code_is_refused(home: TestHome) -> None:
    head = head_of_the_record(home)

    first = home.run("collection", "add", "H49", "Phông “Đồng Nai”")
    second = home.run("collection", "add", "H49", "Another")
    orphan = home.run("collection", "add", "H50", "Orphan", "--parent", "H51")

    assert (first.status, second.status, orphan.status) == (0, 2, 2)
    assert head_of_the_record(home) == head + 1
    listed = home.run("collection", "list").json
    assert [(one["code"], one["title"]) for one in listed if one["code"] != "unassigned"] == [
        ("H49", "Phông “Đồng Nai”")
    ]


@pytest.mark.parametrize("title", ["", "  ", "two\nlines", "bell\x07", "x" * 1001, "\udce5"])
def test_titles_that_are_no_text_are_wrong_use_before_anything_is_done(
    title: str, home: TestHome, tmp_path: Path
) -> None:
    folder = write_files(tmp_path / "p", {"a.txt": b"a"})

    answers = [
        home.run("collection", "add", "X", title),
        home.run("collection", "add", title, "X"),
        home.run("ingest", folder, "--title", title),
        home.run("replica", "add", tmp_path / "new", "--name", title or " "),
    ]

    assert [answer.status for answer in answers] == [2, 2, 2, 2]
    assert not (tmp_path / "new").exists()
    assert_sound(home)


def test_a_replica_is_not_added_twice_nor_into_a_folder_in_use(home: TestHome, tmp_path: Path) -> None:
    write_files(tmp_path / "used", {"file": b""})
    other = make_home(tmp_path / "other")

    answers = [
        home.run("replica", "add", tmp_path / "used"),
        home.run("replica", "add", other.replica("a")),
        home.run("replica", "add", tmp_path / "new", "--name", "a"),
        home.run("replica", "retire", "nobody"),
        home.run("replica", "retire", "a"),
    ]

    assert [answer.status for answer in answers] == [2, 2, 2, 2, 2]  # the record itself is held twice
    assert (tmp_path / "used" / "file").exists()


def test_a_home_is_not_made_where_something_is_or_with_a_name_that_no_key_can_have(tmp_path: Path) -> None:
    write_files(tmp_path / "used", {"file": b""})

    used = preservation("init", "--home", tmp_path / "used", "--json")
    named = preservation("init", "--home", tmp_path / "new", "--origin", "two words", "--json")
    blocked = preservation("init", "--home", tmp_path / "used" / "file" / "home", "--json")
    made = preservation("init", "--home", tmp_path / "new", "--origin", "archives.example/ledger", "--json")
    again = preservation("init", "--home", tmp_path / "new", "--json")

    assert [one.status for one in (used, named, blocked, made, again)] == [2, 2, 3, 0, 2]
    assert made.json["origin"] == "archives.example/ledger"
    assert made.json["vkey"].startswith("archives.example/ledger+")


def test_a_replication_policy_that_is_held_to_by_nobody_is_applied_only_when_that_is_accepted(
    home: TestHome, tmp_path: Path
) -> None:
    home.preserved(write_files(tmp_path / "p", {"a.txt": b"a"}))
    new = tmp_path / "new.toml"
    new.write_text("copies = 2\nregions = 2\n")
    before = policy(home, "replication").read_bytes()

    refused = home.run("policy", "apply", "replication", new)
    kept = policy(home, "replication").read_bytes()
    taken = home.run("policy", "apply", "replication", new, "--accept-gap")
    again = home.run("policy", "apply", "replication", new)
    status = home.run("replica", "status")

    assert (refused.status, "2 AIPs" in refused.json["message"], kept) == (2, True, before)
    assert (taken.status, taken.json["changed"], again.json["changed"]) == (0, True, False)
    assert home.run("policy", "show", "replication").json["text"] == new.read_text()
    event = home.events(EventType.POLICY_ASSIGNMENT)[-1]
    assert (event.detail["policy"], event.detail["below_policy"]) == ("replication", 2)
    assert (status.status, status.json["below"]) == (1, 2)
    assert {tuple(one["short"].items()) for one in status.json["groups"]} == {(("regions", 1),)}
    assert_sound(home)


def test_a_replication_policy_that_is_edited_on_disk_is_told_with_how_many_aips_are_below_it(home: TestHome) -> None:
    policy(home, "replication").write_text('copies = 3\n[collections."none"]\ncopies = 9\n')

    home.run("replica", "sync")

    event = home.events(EventType.POLICY_ASSIGNMENT)[-1]
    assert (event.detail["policy"], event.detail["below_policy"]) == ("replication", 1)


def test_the_rule_of_a_collection_decides_whether_what_comes_into_it_is_preserved(
    home: TestHome, tmp_path: Path
) -> None:
    home.run("collection", "add", "H49", "Phông")
    home.run("collection", "add", "H49.64", "Trong phông", "--parent", "H49")
    policy(home, "replication").write_text('copies = 1\n[collections."H49"]\ncopies = 3\n')
    folder = write_files(tmp_path / "p", {"a.txt": b"a"})

    there, elsewhere = home.ingest("--collection", "H49.64", folder), home.ingest(folder)

    assert [(one["status"], one["copies"], one["copies_wanted"]) for one in (*there, *elsewhere)] == [
        ("stored", 2, 3),
        ("preserved", 2, 1),
    ]
