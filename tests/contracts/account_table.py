"""What every table of accounts must do. Subclass it, and give fixtures: `catalogue`, an empty one; `table`, its accounts."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from preservation.domain.people import (
    Account,
    AccountState,
    Credentials,
    Grant,
    Role,
)
from preservation.errors import Conflict, WrongUse
from preservation.ports import AccountTable, Catalogue
from tests.contracts.account_secrets import SecretsContract, a_session, a_token, an_account, save
from tests.contracts.catalogue_builders import NOON, later, urn

HASHED = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$c2VjcmV0"


@pytest.fixture
def table(catalogue: Catalogue) -> AccountTable:
    return catalogue.account_table()


class AccountTableContract(SecretsContract):
    def test_an_account_comes_back_with_its_grants(self, catalogue: Catalogue, table: AccountTable) -> None:
        account = replace(
            an_account(1, Grant(Role.ADMINISTRATOR), Grant(Role.ARCHIVIST, urn(900))),
            subject="https://issuer.example 42",
            email="lan@example.vn",
        )
        save(catalogue, account)

        assert table.account(account.id) == account
        assert table.account_named("person1") == account
        assert table.account_of_subject("https://issuer.example 42") == account
        assert table.account(urn(1)) is None
        assert table.account_named("nobody") is None
        assert table.account_of_subject("") is None

    def test_an_account_is_updated_by_its_id_and_loses_the_grants_that_are_gone(
        self, catalogue: Catalogue, table: AccountTable
    ) -> None:
        save(catalogue, an_account(1, Grant(Role.ADMINISTRATOR), Grant(Role.PRODUCER, urn(900))))
        changed = replace(
            an_account(1, Grant(Role.PRODUCER, urn(900))), state=AccountState.DISABLED, display_name="Lan"
        )
        save(catalogue, changed)

        assert table.accounts() == [changed]

    def test_accounts_are_listed_by_id(self, catalogue: Catalogue, table: AccountTable) -> None:
        accounts = [an_account(number, Grant(Role.PRODUCER, urn(number))) for number in (3, 1, 2)]
        save(catalogue, *accounts)

        assert table.accounts() == sorted(accounts, key=lambda one: one.id)

    @pytest.mark.parametrize(
        "second",
        [replace(an_account(2), name="person1"), replace(an_account(2), subject="issuer subject")],
        ids=["name", "subject"],
    )
    def test_of_two_accounts_with_one_name_or_subject_the_second_is_refused(
        self, catalogue: Catalogue, table: AccountTable, second: Account
    ) -> None:
        first = replace(an_account(1), subject="issuer subject")
        save(catalogue, first)

        with pytest.raises(Conflict):
            save(catalogue, second)
        assert table.accounts() == [first]

    def test_many_accounts_may_have_no_subject(self, catalogue: Catalogue, table: AccountTable) -> None:
        save(catalogue, an_account(1), an_account(2))

        assert len(table.accounts()) == 2

    def test_credentials_come_back_and_are_replaced(self, catalogue: Catalogue, table: AccountTable) -> None:
        first = Credentials(account=urn(501), password=HASHED, must_change=True, changed=NOON)
        second = Credentials(account=urn(501), failures=7, locked_until=later(60))
        with catalogue.begin() as tx:
            tx.save_credentials(first)
        assert table.credentials(urn(501)) == first
        with catalogue.begin() as tx:
            tx.save_credentials(second)

        assert table.credentials(urn(501)) == second
        assert table.credentials(urn(502)) is None

    def test_failures_counted_at_once_are_all_counted(self, catalogue: Catalogue, table: AccountTable) -> None:
        with catalogue.begin() as tx:
            tx.save_credentials(Credentials(account=urn(501)))
        barrier = threading.Barrier(4)

        def count() -> None:
            barrier.wait()
            for _ in range(5):
                with catalogue.begin() as tx:
                    held = tx.hold_credentials(urn(501))
                    assert held is not None
                    tx.save_credentials(replace(held, failures=held.failures + 1))

        with ThreadPoolExecutor(4) as pool:
            for future in [pool.submit(count) for _ in range(4)]:
                future.result()

        found = table.credentials(urn(501))
        assert found is not None
        assert found.failures == 20

    def test_of_two_who_look_at_all_accounts_before_a_change_the_second_sees_the_first_ones(
        self, catalogue: Catalogue, table: AccountTable
    ) -> None:
        """Two administrators who each take the other's role away must not both succeed."""
        save(catalogue, *(an_account(number, Grant(Role.ADMINISTRATOR)) for number in (1, 2)))
        barrier = threading.Barrier(2)

        def take_away(victim: int) -> bool:
            barrier.wait()
            with catalogue.begin() as tx:
                remaining = [one for one in tx.hold_accounts() if one.grants and one.id != urn(500 + victim)]
                if remaining:
                    tx.save_account(an_account(victim))
                return bool(remaining)

        with ThreadPoolExecutor(2) as pool:
            done = [future.result() for future in [pool.submit(take_away, 1), pool.submit(take_away, 2)]]

        assert sorted(done) == [False, True]
        assert sum(bool(one.grants) for one in table.accounts()) == 1

    def test_an_exception_takes_everything_back(self, catalogue: Catalogue, table: AccountTable) -> None:
        def write_everything() -> None:
            with catalogue.begin() as tx:
                tx.save_account(an_account(1, Grant(Role.PRODUCER)))
                tx.save_credentials(Credentials(account=urn(501)))
                tx.add_session(a_session())
                tx.add_token(a_token())
                raise WrongUse("no")

        with pytest.raises(WrongUse):
            write_everything()

        assert table.accounts() == []
        assert table.credentials(urn(501)) is None
        assert table.session(a_session().digest) is None
        assert table.token(a_token().digest) is None

    def test_the_dump_tells_accounts_and_grants_and_no_secret(self, catalogue: Catalogue, table: AccountTable) -> None:
        save(catalogue, an_account(1, Grant(Role.PRODUCER, urn(900)), Grant(Role.AUDITOR)))
        before = list(catalogue.dump())
        with catalogue.begin() as tx:
            tx.save_credentials(Credentials(account=urn(501), password=HASHED))
            tx.add_session(a_session())
            tx.add_token(a_token())

        assert [line[0] for line in before] == ["account", "grant", "grant"]
        assert list(catalogue.dump()) == before
        save(catalogue, an_account(1, Grant(Role.PRODUCER, urn(901)), Grant(Role.AUDITOR)))
        assert list(catalogue.dump()) != before
