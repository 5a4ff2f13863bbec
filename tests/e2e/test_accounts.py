"""Accounts by command: the first one, changes, tokens; and what a rebuild brings back of them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.bootstrap.people import PeopleServices, people_services
from preservation.domain.people import Grant, Role
from preservation.services.sign_in import Refused, SignedIn
from preservation.settings import read_settings
from tests.homes import TestHome, assert_sound, make_home, originals, preservation


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    return make_home(tmp_path / "home")


@pytest.fixture
def services(home: TestHome) -> Iterator[PeopleServices]:
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        yield people_services(repository, record_by_job=False)


def recorded(home: TestHome) -> list[dict[str, object]]:
    """The accounts in the repository's own AIP, read from a replica."""
    identity = json.loads((home.root / "repository.json").read_bytes())
    with bootstrap.reading(read_settings(home.root, {})) as repository:
        folder = home.replica("a") / repository.locations.object_root(str(identity["id"]))
    found = json.loads(originals(folder)["accounts.json"])
    assert isinstance(found, list)
    return found


def test_a_new_home_has_one_administrator_with_a_password_that_is_shown_once(tmp_path: Path) -> None:
    made = preservation("init", "--home", tmp_path / "home", "--administrator", "Giam.Doc", "--json").json

    home = TestHome(tmp_path / "home")
    (account,) = home.run("account", "list").json
    assert (made["administrator"], account["name"]) == ("giam.doc", "giam.doc")
    assert account["grants"] == [{"role": "administrator", "collection": None}]
    with bootstrap.serving(read_settings(home.root, {})) as repository:
        entered = people_services(repository, record_by_job=False).sign_in.sign_in(
            "giam.doc", made["password"], address="192.0.2.1"
        )
    assert isinstance(entered, SignedIn)
    assert entered.presence.must_change
    for path in [one for one in home.root.rglob("*") if one.is_file()]:
        assert made["password"].encode() not in path.read_bytes()


def test_accounts_and_roles_are_in_the_repositorys_record_and_secrets_are_not(home: TestHome) -> None:
    added = home.run("account", "add", "lan", "Nguyễn Thị Lan", "--role", "archivist", "--collection", "unassigned")
    token = home.run("account", "token", "add", "lan", "scanner", "--days", "7").json["token"]

    accounts = recorded(home)
    assert [one["name"] for one in accounts] == ["admin", "lan"]
    (collection,) = home.run("collection", "list").json
    assert accounts[1]["grants"] == [{"role": "archivist", "collection": collection["id"]}]
    assert accounts[1]["display_name"] == "Nguyễn Thị Lan"
    for path in [one for one in (home.root / "replicas").rglob("*") if one.is_file()]:
        data = path.read_bytes()
        assert added.json["password"].encode() not in data
        assert token.encode() not in data
        assert b"argon2" not in data
    assert_sound(home)


def test_an_account_goes_through_its_life(home: TestHome) -> None:
    added = home.run("account", "add", "lan", "Lan", "--email", "lan@example.vn").json
    assert added["grants"] == []
    granted = home.run("account", "grant", "lan", "producer", "--collection", "unassigned").json
    assert granted["grants"] == [{"role": "producer", "collection": "unassigned"}]
    assert home.run("account", "grant", added["id"], "auditor").status == 0
    assert home.run("account", "revoke-grant", "lan", "auditor").json["grants"] == granted["grants"]
    assert home.run("account", "revoke-grant", "lan", "auditor").status == 2
    assert home.run("account", "disable", "lan").json["state"] == "disabled"
    assert home.run("account", "enable", "lan").json["state"] == "active"
    reset = home.run("account", "reset", "lan").json
    assert reset["password"] != added["password"]
    assert home.run("account", "show", "lan").json == {key: reset[key] for key in reset if key != "password"}
    assert recorded(home)[1]["grants"] != []


def test_a_machine_has_tokens_alone(home: TestHome, services: PeopleServices) -> None:
    made = home.run("account", "add", "robot", "Robot", "--machine", "--role", "auditor").json
    assert (made["kind"], made["password"]) == ("machine", None)
    token = home.run("account", "token", "add", "robot", "reader", "--role", "auditor").json
    actor = services.tokens.bearer(token["token"], address="192.0.2.1")
    assert actor is not None
    assert actor.grants == (Grant(Role.AUDITOR),)

    (listed,) = home.run("account", "token", "list", "robot").json
    assert listed["id"] == token["id"]
    assert listed["used"] is not None
    assert "token" not in listed
    assert home.run("account", "token", "revoke", token["id"]).json["revoked"] is not None
    assert services.tokens.bearer(token["token"], address="192.0.2.1") is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "nobody"),
        ("add", "admin", "Another"),
        ("add", "a b", "Blank"),
        ("add", "x", "X", "--collection", "unassigned"),
        ("add", "x", "X", "--role", "auditor", "--collection", "nowhere"),
        ("add", "x", "X", "--role", "king"),
        ("grant", "admin", "auditor", "--collection", "nowhere"),
        ("disable", "admin"),
        ("revoke-grant", "admin", "administrator"),
        ("token", "add", "admin", "x", "--role", "producer"),
        ("token", "add", "admin", "x", "--days", "0"),
        ("token", "revoke", "urn:uuid:nothing"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_wrong_use_and_changes_nothing(home: TestHome, arguments: tuple[str, ...]) -> None:
    before = home.dump()

    answer = home.run("account", *arguments)

    assert answer.status == 2, answer
    assert home.dump() == before


def test_for_people_the_password_is_shown_with_what_to_do(home: TestHome) -> None:
    shown = preservation("account", "add", "lan", "Lan", "--home", home.root)
    token = preservation("account", "token", "add", "lan", "x", "--home", home.root)
    listed = preservation("account", "token", "list", "lan", "--home", home.root)

    assert "has to be changed at the first sign-in" in shown.out
    assert token.out.startswith("pat_")
    assert token.out.split()[0] not in listed.out
    assert "lan" in preservation("account", "list", "--home", home.root).out
    assert "Lan" in preservation("account", "show", "lan", "--home", home.root).out


def test_a_rebuild_brings_accounts_and_roles_back_and_no_secret(home: TestHome, tmp_path: Path) -> None:
    added = home.run("account", "add", "lan", "Lan", "--role", "archivist", "--collection", "unassigned").json
    home.run("account", "add", "gone", "Gone", "--subject", "https://id.example 9")
    home.run("account", "disable", "gone")
    token = home.run("account", "token", "add", "lan", "x").json["token"]
    shutil.copytree(home.replica("a"), tmp_path / "disk")
    rebuilt = preservation(
        "rebuild",
        "--from",
        tmp_path / "disk",
        "--home",
        tmp_path / "new",
        "--key",
        home.root / "keys/ledger.key",
        "--json",
    )
    assert rebuilt.status == 0, rebuilt
    new = TestHome(tmp_path / "new")

    assert new.run("account", "list").json == home.run("account", "list").json
    assert new.dump() == home.dump()
    assert [line for line in new.dump() if line[0] in ("account", "grant")] != []
    with bootstrap.serving(read_settings(new.root, {})) as repository:
        services = people_services(repository, record_by_job=False)
        assert services.tokens.bearer(token, address="192.0.2.1") is None
        assert services.sign_in.sign_in("lan", added["password"], address="192.0.2.1") == Refused()
        password = new.run("account", "reset", "lan").json["password"]
        entered = services.sign_in.sign_in("lan", password, address="192.0.2.1")
    assert isinstance(entered, SignedIn)
    assert new.run("audit", "verify").json["ok"]
