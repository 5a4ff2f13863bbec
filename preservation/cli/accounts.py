"""`account ...`: who may do what. The console is trusted: whoever can run this holds the keys anyway."""

from typing import Annotated

import typer

from preservation.cli.account_desk import CollectionOption, Desk, NameArgument, changing, looking
from preservation.cli.account_tokens import app as token
from preservation.cli.console import HomeOption, JsonOption, say, show_json, show_table
from preservation.domain.people import Account, AccountKind, Role

app = typer.Typer(no_args_is_help=True)
app.add_typer(token, name="token", help="What machines and programs show instead of a password.")

RoleArgument = Annotated[Role, typer.Argument(help="What they are to be.")]


@app.command("list")
def list_accounts(home: HomeOption = None, json: JsonOption = False) -> None:
    """List the accounts and their roles."""
    with looking(home) as desk:
        found = desk.services.people.all()
    if json:
        show_json([desk.account_json(one) for one in found])
        return
    show_table(
        ["name", "", "kind", "state", "roles"],
        [[one.name, one.display_name, one.kind.value, one.state.value, desk.roles(one.grants)] for one in found],
    )


@app.command("show")
def show(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Show one account. Exit status 2 if there is none."""
    with looking(home) as desk:
        account = desk.services.people.find(name)
    _tell(desk, account, json=json)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The login: letters, digits, '.', '_', '@', '-'.")],
    display_name: Annotated[str, typer.Argument(help="What they are called.")],
    role: Annotated[Role | None, typer.Option(help="A role to begin with.")] = None,
    collection: CollectionOption = None,
    machine: Annotated[bool, typer.Option("--machine", help="A program: it has tokens, and no password.")] = False,
    email: Annotated[str | None, typer.Option(help="An address to write to.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Who they are at the identity provider: its issuer, a space, their subject.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make an account. A person gets a one-time password, which is shown once and must be changed at the first sign-in."""
    with changing(home, json=json) as desk:
        made = desk.services.people.make(
            name,
            display_name,
            by=None,
            kind=AccountKind.MACHINE if machine else AccountKind.PERSON,
            grants=desk.given(role, collection) or (),
            email=email,
            subject=subject,
        )
    _tell(desk, made.account, json=json, password=made.password, has_password=True)


@app.command("grant")
def grant(
    name: NameArgument,
    role: RoleArgument,
    collection: CollectionOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Give an account a role."""
    with changing(home, json=json) as desk:
        account = desk.services.people.grant(name, desk.grant(role, collection), by=None)
    _tell(desk, account, json=json)


@app.command("revoke-grant")
def revoke_grant(
    name: NameArgument,
    role: RoleArgument,
    collection: CollectionOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Take a role away. Exit status 2 if it is not held, or if this is the last administrator."""
    with changing(home, json=json) as desk:
        account = desk.services.people.revoke_grant(name, desk.grant(role, collection), by=None)
    _tell(desk, account, json=json)


@app.command("disable")
def disable(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Let nobody in by an account any more. Exit status 2 if this is the last administrator."""
    with changing(home, json=json) as desk:
        account = desk.services.people.disable(name, by=None)
    _tell(desk, account, json=json)


@app.command("enable")
def enable(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Let an account in again."""
    with changing(home, json=json) as desk:
        account = desk.services.people.enable(name, by=None)
    _tell(desk, account, json=json)


@app.command("reset")
def reset(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """Give a person a new one-time password, shown once. Their sessions end."""
    with changing(home, json=json) as desk:
        made = desk.services.people.reset(name, by=None)
    _tell(desk, made.account, json=json, password=made.password, has_password=True)


def _tell(desk: Desk, account: Account, *, json: bool, password: str | None = None, has_password: bool = False) -> None:
    if json:
        show_json({**desk.account_json(account), **({"password": password} if has_password else {})})
        return
    say(f"{account.name}  {account.display_name}  {account.kind.value}, {account.state.value}")
    say(f"  roles     {desk.roles(account.grants) or 'none'}")
    if password is not None:
        say(f"  password  {password}")
        say("It is shown this once, and has to be changed at the first sign-in, within a week.")
