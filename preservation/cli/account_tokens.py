"""`account token ...`: what machines and programs show instead of a password."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from preservation.cli.account_desk import CollectionOption, NameArgument, changing, looking
from preservation.cli.console import HomeOption, JsonOption, say, show_json, show_table, time_text
from preservation.domain.people import Role

app = typer.Typer(no_args_is_help=True)


@app.command("add")
def add_token(
    name: NameArgument,
    label: Annotated[str, typer.Argument(help="What the token is for.")],
    role: Annotated[Role | None, typer.Option(help="Narrow it to one of the account's roles.")] = None,
    collection: CollectionOption = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Let it expire after so many days.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Make a token. It is shown once."""
    with changing(home, json=json) as desk:
        account = desk.services.people.find(name)
        made = desk.services.tokens.make(
            account,
            label,
            by=None,
            expires=None if days is None else desk.repository.clock.now() + timedelta(days=days),
            grants=desk.given(role, collection),
        )
    if json:
        show_json({**desk.token_json(made.token), "token": made.value})
        return
    say(f"{made.value}")
    say("It is shown this once. Whoever has it may do what it may: keep it as you keep a key.")


@app.command("list")
def list_tokens(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """List an account's tokens: what for, how long, last used."""
    with looking(home) as desk:
        found = desk.services.tokens.of(desk.services.people.find(name).id)
    if json:
        show_json([desk.token_json(one) for one in found])
        return
    show_table(
        ["id", "for", "made", "expires", "used", "revoked"],
        [
            [one.id, one.name, *(_time(when) for when in (one.created, one.expires, one.used, one.revoked))]
            for one in found
        ],
    )


@app.command("revoke")
def revoke_token(
    id: Annotated[str, typer.Argument(help="The token's id, as `token list` shows it.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Let a token open nothing any more. Exit status 2 if there is none."""
    with changing(home, json=json) as desk:
        revoked = desk.services.tokens.revoke(id, by=None)
    if json:
        show_json(desk.token_json(revoked))
    else:
        say(f"{revoked.id} is revoked.")


def _time(when: datetime | None) -> str:
    return time_text(None if when is None else when.isoformat())
