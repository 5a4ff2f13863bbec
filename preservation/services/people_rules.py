"""What may not be done to accounts, whoever asks. Pure decisions; each raises what the one who asked is told."""

from collections.abc import Iterable

from preservation.domain.account_names import is_display_name, is_email, is_name
from preservation.domain.people import Account, Actor, CollectionTree, Grant, Right, may
from preservation.errors import Conflict, NotAllowed, NotHere, WrongUse

_MAX_SUBJECT = 600


def check_may_manage(by: Actor | None, tree: CollectionTree) -> None:
    """NotAllowed unless they manage the people of the whole repository. None is the console, which holds the keys anyway."""
    if by is not None and not may(by.grants, Right.MANAGE_PEOPLE, None, tree):
        raise NotAllowed("only an administrator of the whole repository manages people")


def check_not_oneself(by: Actor | None, account: Account, what: str) -> None:
    """NotAllowed where somebody would raise their own rights."""
    if by is not None and by.account.id == account.id:
        raise NotAllowed(f"nobody {what}: ask another administrator")


def check_somebody_remains(before: Iterable[Account], after: Account) -> None:
    """Conflict where the change would leave a repository without its last administrator."""
    others = [one for one in before if one.id != after.id]
    was = any(one.is_administrator for one in before)
    if was and not after.is_administrator and not any(one.is_administrator for one in others):
        raise Conflict("this is the last administrator: make another one first")


def check_words(*, name: str, display_name: str, email: str | None, subject: str | None) -> None:
    """WrongUse for a name, an address or a provider's identity that cannot be one."""
    if not is_name(name):
        raise WrongUse(
            "an account's name is 1 to 64 of a-z, 0-9, '.', '_', '@', '-', and begins with a letter or digit"
        )
    if not is_display_name(display_name):
        raise WrongUse("a person's name is printable text of 1 to 200 characters on one line")
    if email is not None and not is_email(email):
        raise WrongUse("this is no e-mail address")
    if subject is not None and (len(subject) > _MAX_SUBJECT or " " not in subject or not subject.isprintable()):
        raise WrongUse("an identity at a provider is its issuer and its subject with a space between")


def check_grants(grants: Iterable[Grant], tree: CollectionTree) -> None:
    """NotHere for a collection that is not there."""
    for grant in grants:
        if grant.collection is not None and grant.collection not in tree:
            raise NotHere(f"there is no collection {grant.collection}")
