"""Claims about deposits, uploads and remembered answers: kept as given, found by whoever looks for them, and by nobody else."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from preservation.domain.deposits import Deposit, DepositSource, RememberedAnswer, Upload
from preservation.domain.holdings import SubmissionMode, Transfer, TransferStatus
from preservation.errors import Conflict, InUse, Superseded
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import NOON, later, urn

FULL = Deposit(
    transfer=urn(1),
    account=urn(500),
    agreement="so-noi-vu",
    source=DepositSource.DROP,
    created=NOON,
    name="hồ sơ 42\ufffdFF.zip",
    place="x/package/hồ sơ 42",
    size=1 << 50,
    sha256="ab" * 32,
    title="Hồ sơ 42",
    aip=urn(7),
    mode=SubmissionMode.SUPPLEMENT,
    submitted=later(1),
    decided_by=urn(501),
    reason="vì sao",
    report={"valid": False, "findings": [{"code": "X", "values": {"a": "b"}}], "files": 3, "none": None},
    drop="so-noi-vu",
)


def a_transfer(number: int, status: TransferStatus = TransferStatus.OPEN, *, collection: int = 900) -> Transfer:
    return Transfer(urn(number), status, urn(collection), later(number))


def a_deposit(number: int, *, account: int | None = 500, drop: str | None = None) -> Deposit:
    return Deposit(
        transfer=urn(number),
        account=None if account is None else urn(account),
        agreement=None,
        source=DepositSource.UPLOAD if drop is None else DepositSource.DROP,
        created=later(number),
        drop=drop,
    )


def deposited(catalogue: Catalogue, number: int, status: TransferStatus = TransferStatus.OPEN, **given: object) -> None:
    collection = given.pop("collection", 900)
    with catalogue.begin() as tx:
        tx.save_transfer(a_transfer(number, status, collection=collection))  # type: ignore[arg-type]
        tx.save_deposit(a_deposit(number, **given))  # type: ignore[arg-type]


def an_upload(number: int, *, transfer: int = 1, expires: int = 100) -> Upload:
    return Upload(
        id=urn(number),
        transfer=urn(transfer),
        account=urn(500),
        length=1 << 45,
        created=NOON,
        expires=later(expires),
    )


def an_answer(key: str, *, account: int = 500, made: int = 0) -> RememberedAnswer:
    return RememberedAnswer(
        account=urn(account),
        key=key,
        request=bytes(32),
        created=later(made),
        status=201,
        body=b'{"id":1}',
        location="/x",
    )


class DepositsContract:
    """Part of `CatalogueContract`."""

    def test_a_deposit_comes_back_as_it_was_given(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as tx:
            tx.save_transfer(a_transfer(1))
            tx.save_deposit(FULL)

        assert catalogue.deposit(urn(1)) == FULL
        assert catalogue.deposit(urn(2)) is None

    def test_a_deposit_is_updated_whole_but_for_what_was_reported(self, catalogue: Catalogue) -> None:
        changed = replace(FULL, report=None, reason=None, place=None, submitted=None)
        with catalogue.begin() as tx:
            tx.save_transfer(a_transfer(1))
            tx.save_deposit(FULL)
            tx.note_reported(urn(1), TransferStatus.STORED)
        with catalogue.begin() as tx:
            tx.save_deposit(changed)

        assert catalogue.deposit(urn(1)) == replace(changed, reported=TransferStatus.STORED)

    def test_an_older_attempt_cannot_save_its_transfer(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as tx:
            tx.save_transfer(replace(a_transfer(1), attempt=2, copies=3))

        with pytest.raises(Superseded), catalogue.begin() as tx:
            tx.save_transfer(replace(a_transfer(1, TransferStatus.PRESERVED), attempt=1))
        assert catalogue.transfer(urn(1)) == replace(a_transfer(1), attempt=2, copies=3)

    def test_of_two_who_take_on_a_transfer_the_second_is_told_so(self, catalogue: Catalogue) -> None:
        first = replace(a_transfer(1, TransferStatus.RUNNING), attempt=1)
        with catalogue.begin() as tx:
            tx.save_transfer(a_transfer(1, TransferStatus.ACCEPTED))
            tx.save_transfer(first, taken_on=True)

        with pytest.raises(Superseded), catalogue.begin() as tx:
            tx.save_transfer(replace(first, aip=urn(7)), taken_on=True)
        assert catalogue.transfer(urn(1)) == first

    def test_of_two_submissions_to_one_aip_one_is_under_way_at_a_time(self, catalogue: Catalogue) -> None:
        first = replace(a_transfer(91), status=TransferStatus.RUNNING, aip=urn(77), attempt=1)
        second = replace(first, id=urn(92))
        elsewhere = replace(first, id=urn(93), aip=urn(78))
        with catalogue.begin() as tx:
            tx.save_transfer(first, taken_on=True)
            tx.save_transfer(elsewhere, taken_on=True)

        with pytest.raises(InUse), catalogue.begin() as tx:
            tx.save_transfer(second, taken_on=True)
        assert catalogue.transfer(second.id) is None
        with catalogue.begin() as tx:
            tx.save_transfer(replace(first, status=TransferStatus.STORED))
        with catalogue.begin() as tx:
            tx.save_transfer(second, taken_on=True)
        assert catalogue.transfer(second.id) == second

    @pytest.mark.parametrize("status", ["stored", "preserved", "rejected", "withdrawn"])
    def test_what_has_come_to_its_end_is_not_taken_on(self, catalogue: Catalogue, status: str) -> None:
        ended = replace(a_transfer(1, TransferStatus(status)), attempt=1)
        with catalogue.begin() as tx:
            tx.save_transfer(ended)

        with pytest.raises(Superseded), catalogue.begin() as tx:
            tx.save_transfer(replace(ended, status=TransferStatus.RUNNING, attempt=2), taken_on=True)
        assert catalogue.transfer(urn(1)) == ended

    def test_a_report_is_kept_without_undoing_what_was_decided_meanwhile(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as tx:
            tx.save_transfer(a_transfer(1))
            tx.save_deposit(FULL)
            tx.note_report(urn(1), {"valid": True}, None)

        assert catalogue.deposit(urn(1)) == replace(FULL, report={"valid": True}, reason=None)

    def test_pages_of_transfers_come_newest_first_and_to_those_who_may_see_them(self, catalogue: Catalogue) -> None:
        for number in range(1, 8):
            deposited(catalogue, number, collection=900 + number % 2, account=500 + number % 3)
        with catalogue.begin() as tx:
            tx.save_transfer(a_transfer(8))

        def seen(**chosen: object) -> list[int]:
            page = catalogue.transfers_page(**chosen)  # type: ignore[arg-type]
            return [int(one.id[-4:], 16) for one, _ in page]

        assert seen() == [8, 7, 6, 5, 4, 3, 2, 1]
        assert seen(limit=2) == [8, 7]
        assert seen(limit=2, before=urn(7)) == [6, 5]
        assert seen(collections=[urn(901)]) == [7, 5, 3, 1]
        assert seen(collections=[]) == []
        assert seen(account=urn(501)) == [7, 4, 1]
        assert seen(account=urn(501), collections=[urn(900)]) == [4]
        assert seen(status=TransferStatus.PRESERVED) == []

    def test_a_page_has_each_transfers_own_deposit(self, catalogue: Catalogue) -> None:
        deposited(catalogue, 1)
        with catalogue.begin() as tx:
            tx.save_transfer(a_transfer(2))

        assert catalogue.transfers_page() == [(a_transfer(2), None), (a_transfer(1), a_deposit(1))]

    def test_what_came_from_a_watched_place_is_found_until_it_was_told_there_for_good(
        self, catalogue: Catalogue
    ) -> None:
        ends = {TransferStatus.STORED, TransferStatus.PRESERVED, TransferStatus.FAILED}
        deposited(catalogue, 1, TransferStatus.PRESERVED, drop="a")
        deposited(catalogue, 2, TransferStatus.STORED, drop="a")
        deposited(catalogue, 3, TransferStatus.OPEN, drop="a")
        deposited(catalogue, 4, TransferStatus.PRESERVED, drop="b")
        deposited(catalogue, 5, TransferStatus.PRESERVED)

        def found(drop: str = "a") -> list[str]:
            return [one.id for one, deposit in catalogue.dropped(drop, ends) if deposit.transfer == one.id]

        assert found() == [urn(1), urn(2)]
        assert found("b") == [urn(4)]
        assert [one.id for one, _ in catalogue.dropped("a", {TransferStatus.OPEN})] == [urn(3)]
        with catalogue.begin() as tx:
            tx.note_reported(urn(1), TransferStatus.PRESERVED)
            tx.note_reported(urn(2), TransferStatus.STORED)
        assert found() == []
        with catalogue.begin() as tx:
            tx.save_transfer(a_transfer(2, TransferStatus.PRESERVED))
        assert found() == [urn(2)]
        assert len(catalogue.dropped("a", {*ends, TransferStatus.OPEN}, limit=1)) == 1

    def test_uploads_come_back_by_id_by_transfer_and_once_they_expired(self, catalogue: Catalogue) -> None:
        first, second, other = an_upload(11, expires=300), an_upload(12, expires=200), an_upload(13, transfer=2)
        with catalogue.begin() as tx:
            for one in (second, other, first):
                tx.save_upload(one)

        assert catalogue.upload(urn(11)) == first
        assert catalogue.upload(urn(99)) is None
        assert catalogue.uploads_of(urn(1)) == [first, second]
        assert catalogue.uploads_expired(before=later(200)) == [other]
        assert catalogue.uploads_expired(before=later(301)) == [other, second, first]
        assert catalogue.uploads_expired(before=later(301), limit=1) == [other]

    def test_an_upload_is_updated_and_forgotten(self, catalogue: Catalogue) -> None:
        finished = replace(an_upload(11), finished=later(5), expires=later(500))
        with catalogue.begin() as tx:
            tx.save_upload(an_upload(11))
        with catalogue.begin() as tx:
            tx.save_upload(finished)
        before = catalogue.upload(urn(11))
        with catalogue.begin() as tx:
            tx.forget_upload(urn(11))
            tx.forget_upload(urn(99))

        assert before == finished
        assert catalogue.upload(urn(11)) is None

    def test_an_answer_is_remembered_by_account_and_key(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as tx:
            tx.remember_answer(an_answer("k"))
            tx.remember_answer(an_answer("k", account=501))
            tx.remember_answer(an_answer("other"))

        assert catalogue.answer(urn(500), "k") == an_answer("k")
        assert catalogue.answer(urn(502), "k") is None
        assert catalogue.answer(urn(500), "K") is None

    def test_a_key_that_was_used_undoes_the_act_that_uses_it_again(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as tx:
            tx.remember_answer(an_answer("k"))

        def act() -> None:
            with catalogue.begin() as tx:
                tx.save_transfer(a_transfer(1))
                tx.remember_answer(replace(an_answer("k"), body=b"other"))

        with pytest.raises(Conflict):
            act()
        assert catalogue.transfer(urn(1)) is None
        assert catalogue.answer(urn(500), "k") == an_answer("k")

    def test_of_two_acts_at_once_with_one_key_one_is_done(self, catalogue: Catalogue) -> None:
        together = Barrier(2)

        def act(number: int) -> bool:
            together.wait()
            try:
                with catalogue.begin() as tx:
                    tx.save_transfer(a_transfer(number))
                    tx.remember_answer(an_answer("k"))
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(act, (1, 2)))
        assert sorted(done) == [False, True]
        assert len(list(catalogue.transfers())) == 1

    def test_old_answers_are_forgotten(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as tx:
            for made in (1, 2, 3):
                tx.remember_answer(an_answer(str(made), made=made))
        with catalogue.begin() as tx:
            gone = tx.forget_answers(before=later(3))

        assert gone == 2
        assert [key for key in "123" if catalogue.answer(urn(500), key)] == ["3"]
