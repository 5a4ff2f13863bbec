"""Accounts and their secrets. Keeps the promises of `ports.AccountTable` on SQLite and PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime

from sqlalchemy import Engine

from preservation.adapters.database import account_lists
from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.engine import reader, writer
from preservation.adapters.database.failures import translated
from preservation.adapters.database.wire import Wire
from preservation.domain.people import Account, ApiToken, Credentials, Session


class DatabaseAccountTable:
    """Safe to call from several threads. Each call takes a connection for as long as it lasts."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)
        self._writer = writer(engine)

    def account(self, id: str) -> Account | None:
        with self._reading() as wire:
            return account_lists.account(wire, "id", id)

    def account_named(self, name: str) -> Account | None:
        with self._reading() as wire:
            return account_lists.account(wire, "name", name)

    def account_of_subject(self, subject: str) -> Account | None:
        with self._reading() as wire:
            return account_lists.account(wire, "subject", subject)

    def accounts(self) -> Sequence[Account]:
        with self._reading() as wire:
            return account_lists.accounts(wire)

    def credentials(self, account: str) -> Credentials | None:
        with self._reading() as wire:
            return account_lists.credentials(wire, account)

    def session(self, digest: bytes) -> Session | None:
        with self._reading() as wire:
            return account_lists.session(wire, digest)

    def signed_in(self, digest: bytes) -> tuple[Session, Account, bool] | None:
        with self._reading() as wire:
            return account_lists.signed_in(wire, digest)

    def token(self, digest: bytes) -> ApiToken | None:
        with self._reading() as wire:
            return account_lists.token(wire, "digest", digest)

    def token_by_id(self, id: str) -> ApiToken | None:
        with self._reading() as wire:
            return account_lists.token(wire, "id", id)

    def tokens(self, account: str) -> Sequence[ApiToken]:
        with self._reading() as wire:
            return account_lists.tokens(wire, account)

    def bearer(self, digest: bytes) -> tuple[ApiToken, Account] | None:
        with self._reading() as wire:
            return account_lists.bearer(wire, digest)

    def touch_session(self, digest: bytes, *, seen: datetime, expires: datetime) -> None:
        with self._writing() as wire:
            wire.run(
                "UPDATE session SET seen = ?, expires = ? WHERE digest = ? AND seen < ?",
                microseconds(seen),
                microseconds(expires),
                digest,
                microseconds(seen),
            )

    def touch_token(self, id: str, *, used: datetime) -> None:
        moment = microseconds(used)
        with self._writing() as wire:
            wire.run("UPDATE api_token SET used = ? WHERE id = ? AND (used IS NULL OR used < ?)", moment, id, moment)

    def end_sessions(self, *, before: datetime) -> int:
        with self._writing() as wire:
            return wire.run("DELETE FROM session WHERE expires < ?", microseconds(before))

    @contextmanager
    def _reading(self) -> Iterator[Wire]:
        with translated(), self._reader.connect() as connection:
            # The driver's own cursor does not begin what SQLAlchemy begins.
            connection.begin()
            wire = Wire(connection)
            yield wire
            wire.close()

    @contextmanager
    def _writing(self) -> Iterator[Wire]:
        with translated(), closing(self._writer.connect()) as connection:
            connection.begin()
            wire = Wire(connection)
            yield wire
            wire.close()
            connection.commit()
