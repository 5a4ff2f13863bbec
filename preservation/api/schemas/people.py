"""Sessions, accounts, roles and tokens."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from preservation.api.schemas.shape import EXAMPLE_TIME, EXAMPLE_URN, URN, Request, Shape, example
from preservation.domain.account_names import MAX_DISPLAY_NAME, MAX_EMAIL, MAX_NAME
from preservation.domain.passwords import MAX_CHARACTERS
from preservation.domain.people import AccountKind, AccountState, Role

_GRANT = {"role": "archivist", "collection": EXAMPLE_URN}
_ACCOUNT = {
    "id": EXAMPLE_URN,
    "name": "lan.nguyen",
    "kind": "person",
    "display_name": "Nguyễn Thị Lan",
    "state": "active",
    "created": EXAMPLE_TIME,
    "email": "lan.nguyen@example.vn",
    "subject": None,
    "grants": [_GRANT],
}
_SESSION = {
    "account": _ACCOUNT,
    "token": None,
    "csrf_token": "PbKx0pVQm2hT5mE8x9mYk3W1b7c0dR4uQ6sJ2nLfAeo",
    "must_change_password": False,
    "expires": EXAMPLE_TIME,
}
_TOKEN = {
    "id": EXAMPLE_URN,
    "account": EXAMPLE_URN,
    "name": "scanner in the reading room",
    "created": EXAMPLE_TIME,
    "expires": None,
    "used": None,
    "revoked": None,
    "grants": None,
}

Name = Annotated[str, StringConstraints(min_length=1, max_length=4 * MAX_NAME)]
# Longer ones are looked at just as little; a bound on what is read is not a rule for passwords.
Password = Annotated[str, StringConstraints(max_length=4 * MAX_CHARACTERS)]
DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=MAX_DISPLAY_NAME)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=MAX_EMAIL)]
Subject = Annotated[str, StringConstraints(min_length=3, max_length=600)]


class Grant(Shape):
    """A role within a collection and all below it; everywhere where the collection is null."""

    model_config = example(**_GRANT)

    role: Role
    collection: URN | None


class Account(Shape):
    """Somebody who may act."""

    model_config = example(**_ACCOUNT)

    id: URN
    name: str
    kind: AccountKind
    display_name: str
    state: AccountState
    created: datetime
    email: str | None
    subject: str | None = Field(description="Who it is at the identity provider: issuer, a space, subject.")
    grants: list[Grant]


class AccountPage(Shape):
    """Accounts."""

    model_config = example(items=[_ACCOUNT], next=None)

    items: list[Account]
    next: str | None


class NewAccount(Account):
    """An account just made, or reset."""

    model_config = example(**_ACCOUNT, password="nkydq-nbpd6-6szbb-wmzyk-ffzmd")  # noqa: S106 - what one looks like

    password: str | None = Field(description="The one-time password, shown this once; null where there is none.")


class Session(Shape):
    """Who is signed in, and how."""

    model_config = example(**_SESSION)

    account: Account
    token: URN | None = Field(description="The token that the request carried; null for a session.")
    csrf_token: str | None = Field(description="To be repeated in `X-CSRF-Token`; null for a token.")
    must_change_password: bool = Field(description="Until the password is changed, nothing else is allowed.")
    expires: datetime | None = Field(description="When the session ends if nothing is heard of it.")


class Token(Shape):
    """A token, without its value."""

    model_config = example(**_TOKEN)

    id: URN
    account: URN
    name: str
    created: datetime
    expires: datetime | None
    used: datetime | None = Field(description="When it was used last, to the minute.")
    revoked: datetime | None
    grants: list[Grant] | None = Field(
        description="What it is narrowed to; null where it may do all that its account may."
    )


class TokenPage(Shape):
    """Tokens."""

    model_config = example(items=[_TOKEN], next=None)

    items: list[Token]
    next: str | None


class NewToken(Token):
    """A token just made."""

    model_config = example(**_TOKEN, value="pat_veE6MIvlHE6I9wrf1sB4wcAvp5j7h7WKsZy3ZYiuENM")

    value: str = Field(description="The token, shown this once.")


class SignInRequest(Request):
    """A name and a password."""

    model_config = Request.model_config | example(name="lan.nguyen", password="bốn con ngựa tím trên mái")  # noqa: S106

    name: Name
    password: Password


class PasswordRequest(Request):
    """A change of one's own password."""

    model_config = Request.model_config | example(
        present="nkydq-nbpd6-6szbb-wmzyk-ffzmd", new="bốn con ngựa tím trên mái"
    )

    present: Password
    new: Password


class GrantRequest(Request):
    """A role to be given or taken."""

    model_config = Request.model_config | example(**_GRANT)

    role: Annotated[Role, Field(strict=False)]
    collection: URN | None = None


class AccountRequest(Request):
    """An account to be made."""

    model_config = Request.model_config | example(name="lan.nguyen", display_name="Nguyễn Thị Lan", grants=[_GRANT])

    name: Name
    display_name: DisplayName
    kind: Annotated[AccountKind, Field(strict=False)] = AccountKind.PERSON
    email: Email | None = None
    subject: Subject | None = None
    grants: Annotated[list[GrantRequest], Field(max_length=100, default_factory=list)]


class AccountDescription(Request):
    """What is known of somebody; the whole of it."""

    model_config = Request.model_config | example(display_name="Nguyễn Thị Lan", email=None, subject=None)

    display_name: DisplayName
    email: Email | None
    subject: Subject | None


class AccountStateRequest(Request):
    """Whether an account is let in."""

    model_config = Request.model_config | example(state="disabled")

    state: Annotated[AccountState, Field(strict=False)]


class TokenRequest(Request):
    """A token to be made."""

    model_config = Request.model_config | example(name="scanner in the reading room", grants=None)

    name: DisplayName
    expires: Annotated[AwareDatetime, Field(strict=False)] | None = None
    grants: Annotated[list[GrantRequest], Field(max_length=100)] | None = None
