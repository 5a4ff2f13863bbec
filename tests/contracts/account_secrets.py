"""What every table of accounts must do with sessions and tokens; and good values of both for tests."""

from dataclasses import replace
from hashlib import sha256

import pytest

from preservation.domain.people import Account, AccountKind, AccountState, ApiToken, Credentials, Grant, Role, Session
from preservation.errors import Conflict, NotHere
from preservation.ports import AccountTable, Catalogue
from tests.contracts.catalogue_builders import NOON, later, urn


def an_account(number: int = 1, *grants: Grant) -> Account:
    return Account(
        id=urn(500 + number),
        name=f"person{number}",
        kind=AccountKind.PERSON,
        display_name="Nguyễn Thị Lan",
        state=AccountState.ACTIVE,
        created=NOON,
        grants=grants,
    )


def a_session(account: int = 1, name: str = "one") -> Session:
    return Session(
        digest=sha256(name.encode()).digest(),
        account=urn(500 + account),
        csrf="csrf",
        created=NOON,
        seen=NOON,
        expires=later(3600),
    )


def a_token(number: int = 1, account: int = 1) -> ApiToken:
    return ApiToken(
        id=urn(600 + number),
        account=urn(500 + account),
        name="máy quét",
        digest=sha256(str(number).encode()).digest(),
        created=NOON,
        grants=(Grant(Role.PRODUCER, urn(900)), Grant(Role.AUDITOR)),
    )


def save(catalogue: Catalogue, *accounts: Account) -> None:
    with catalogue.begin() as tx:
        for account in accounts:
            tx.save_account(account)


class SecretsContract:
    def test_a_session_is_found_with_its_account_in_one_answer(self, catalogue: Catalogue, table: AccountTable) -> None:
        account = an_account(1, Grant(Role.AUDITOR), Grant(Role.PRODUCER, urn(900)))
        save(catalogue, account)
        with catalogue.begin() as tx:
            tx.add_session(a_session())

        assert table.session(a_session().digest) == a_session()
        assert table.signed_in(a_session().digest) == (a_session(), account, False)
        assert table.signed_in(b"0" * 32) is None

        with catalogue.begin() as tx:
            tx.save_credentials(Credentials(account=account.id, must_change=True))
        assert table.signed_in(a_session().digest) == (a_session(), account, True)

    def test_sessions_end_one_by_one_or_all_but_one(self, catalogue: Catalogue, table: AccountTable) -> None:
        sessions = [a_session(1, name) for name in "abc"]
        other = a_session(2, "other")
        with catalogue.begin() as tx:
            for session in [*sessions, other]:
                tx.add_session(session)
        with catalogue.begin() as tx:
            tx.end_session(sessions[0].digest)
        assert [table.session(one.digest) is None for one in sessions] == [True, False, False]
        with catalogue.begin() as tx:
            tx.end_sessions_of(urn(501), but=sessions[1].digest)
        assert [table.session(one.digest) is None for one in sessions] == [True, False, True]
        with catalogue.begin() as tx:
            tx.end_sessions_of(urn(501))

        assert table.session(sessions[1].digest) is None
        assert table.session(other.digest) == other

    def test_a_session_is_touched_forwards_only(self, catalogue: Catalogue, table: AccountTable) -> None:
        with catalogue.begin() as tx:
            tx.add_session(a_session())
        table.touch_session(a_session().digest, seen=later(60), expires=later(4000))
        table.touch_session(a_session().digest, seen=later(30), expires=later(3900))
        table.touch_session(b"1" * 32, seen=later(30), expires=later(3900))

        assert table.session(a_session().digest) == replace(a_session(), seen=later(60), expires=later(4000))

    def test_sessions_past_their_time_are_removed_and_counted(self, catalogue: Catalogue, table: AccountTable) -> None:
        old, fresh = replace(a_session(1, "old"), expires=later(10)), a_session(1, "fresh")
        with catalogue.begin() as tx:
            tx.add_session(old)
            tx.add_session(fresh)

        assert table.end_sessions(before=later(11)) == 1
        assert table.session(old.digest) is None
        assert table.session(fresh.digest) == fresh

    def test_a_token_is_found_by_its_digest_with_its_account(self, catalogue: Catalogue, table: AccountTable) -> None:
        account = an_account(1, Grant(Role.AUDITOR), Grant(Role.PRODUCER))
        plain = replace(a_token(2), grants=None, expires=later(9), name="x")
        save(catalogue, account)
        with catalogue.begin() as tx:
            tx.add_token(a_token())
            tx.add_token(plain)

        assert table.token(a_token().digest) == a_token()
        assert table.token_by_id(plain.id) == plain
        assert table.tokens(account.id) == [a_token(), plain]
        assert table.bearer(plain.digest) == (plain, account)
        assert table.bearer(b"2" * 32) is None
        assert table.tokens(urn(502)) == []

    def test_a_token_that_grants_nothing_is_not_one_that_narrows_nothing(
        self, catalogue: Catalogue, table: AccountTable
    ) -> None:
        nothing = replace(a_token(), grants=())
        with catalogue.begin() as tx:
            tx.add_token(nothing)

        assert table.token(nothing.digest) == nothing

    def test_a_token_is_revoked_once_and_used_forwards_only(self, catalogue: Catalogue, table: AccountTable) -> None:
        with catalogue.begin() as tx:
            tx.add_token(a_token())
            tx.revoke_token(a_token().id, at=later(5))
            tx.revoke_token(a_token().id, at=later(6))
        table.touch_token(a_token().id, used=later(9))
        table.touch_token(a_token().id, used=later(8))

        assert table.token_by_id(a_token().id) == replace(a_token(), revoked=later(5), used=later(9))

        def revoke_what_is_not_there() -> None:
            with catalogue.begin() as tx:
                tx.revoke_token(urn(1), at=NOON)

        with pytest.raises(NotHere):
            revoke_what_is_not_there()

    def test_no_two_tokens_share_a_digest(self, catalogue: Catalogue, table: AccountTable) -> None:
        def add_both() -> None:
            with catalogue.begin() as tx:
                tx.add_token(a_token(1))
                tx.add_token(replace(a_token(2), digest=a_token(1).digest))

        with pytest.raises(Conflict):
            add_both()
        assert table.tokens(urn(501)) == []
