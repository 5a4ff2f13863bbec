"""`collection add`, `collection list`."""

from typing import Annotated

import typer

from preservation import bootstrap
from preservation.cli.console import Bars, HomeOption, JsonOption, checked_text, settings_of, show_json, show_table
from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.holdings import Collection
from preservation.errors import NotHere, WrongUse

app = typer.Typer(no_args_is_help=True)


@app.command("add")
def add(
    code: Annotated[str, typer.Argument(help="What people call it, such as H49.64.")],
    title: Annotated[str, typer.Argument(help="Its title.")],
    parent: Annotated[str | None, typer.Option(help="The code of the collection that it is part of.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Add a collection (fonds, series) to the tree. Exit status 2 if the code is taken or the parent unknown."""
    bars = Bars(quiet=json)
    with bootstrap.writing(settings_of(home), bars) as repository:
        collection = make_collection(repository, code, title, parent)
        repository.save_record(bars)
    if json:
        show_json({"id": collection.id, "code": code, "title": title, "parent": collection.parent})
    else:
        show_table(["code", "title", "id"], [[code, title, collection.id]])


@app.command("list")
def list_collections(home: HomeOption = None, json: JsonOption = False) -> None:
    """List the collections."""
    with bootstrap.reading(settings_of(home)) as repository:
        found = [one for one in repository.catalogue.collections() if one.id != repository.identity.id]
    if json:
        show_json([{"id": one.id, "code": one.code, "title": one.title, "parent": one.parent} for one in found])
        return
    codes = {one.id: one.code for one in found}
    show_table(["code", "title", "part of"], [[one.code, one.title, codes.get(one.parent or "", "")] for one in found])


def make_collection(repository: bootstrap.Repository, code: str, title: str, parent: str | None) -> Collection:
    """Add one with its event. WrongUse if the code is taken, NotHere for an unknown parent."""
    checked_text(code, "a collection's code")
    checked_text(title, "a collection's title")
    known = {one.code: one for one in repository.catalogue.collections()}
    if code in known:
        raise WrongUse(f"there is a collection {code} already")
    if parent is not None and parent not in known:
        raise NotHere(f"there is no collection {parent}")
    collection = Collection(
        id=repository.minter.urn(), code=code, title=title, parent=known[parent].id if parent else None
    )
    event = repository.recorder.event(
        EventType.CREATION,
        EventOutcome.SUCCESS,
        objects=[LinkedObject(id=collection.id, kind="collection", role="outcome")],
        detail={"act": "collection added"},
        private={"code": code, "title": title},
    )
    with repository.catalogue.begin() as tx:
        tx.save_collection(collection)
        tx.append_events([event])
    return collection


def find_collection(repository: bootstrap.Repository, code: str) -> Collection:
    """The collection of this code. NotHere if there is none."""
    for one in repository.catalogue.collections():
        if one.code == code:
            return one
    raise NotHere(f"there is no collection {code}: `preservation collection add` makes one")
