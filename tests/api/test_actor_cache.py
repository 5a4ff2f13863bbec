"""Who asks, remembered for a moment: never for somebody else, and never beyond what this process itself has changed."""

from dataclasses import dataclass, field

import pytest
from starlette.requests import HTTPConnection

from preservation.api.actor_cache import ActorCache
from preservation.domain.people import Account, AccountKind, AccountState, Actor
from tests.contracts.catalogue_builders import NOON, urn

LAN = Actor(Account(id=urn(1), name="lan", kind=AccountKind.PERSON, display_name="Lan", state=AccountState.ACTIVE,
                    created=NOON), ())  # fmt: skip
SESSION = "preservation_session=a-secret"


def a_request(*headers: tuple[str, str], scheme: str = "http") -> HTTPConnection:
    given = [(name.encode(), value.encode()) for name, value in headers]
    return HTTPConnection({"type": "http", "method": "GET", "scheme": scheme, "headers": given})


@dataclass(slots=True)
class Door:
    """Lan's session opens it, in whichever of the cookie headers it stands. `meanwhile` forgets while somebody is asked."""

    cache: ActorCache = field(init=False)
    asked: int = 0
    meanwhile: bool = False

    def __post_init__(self) -> None:
        self.cache = ActorCache(self.who)

    def who(self, request: HTTPConnection) -> Actor | None:
        self.asked += 1
        if self.meanwhile:
            self.cache.forget(LAN.account.id)
        return LAN if request.cookies.get("preservation_session") == "a-secret" else None

    def seen(self, request: HTTPConnection) -> Actor | None:
        return self.cache.known(request) or self.cache.ask(request)


def test_a_group_of_requests_is_asked_about_once() -> None:
    door = Door()

    assert [door.seen(a_request(("cookie", SESSION))) for _ in range(3)] == [LAN] * 3
    assert door.asked == 1


@pytest.mark.parametrize(
    "other",
    [
        (("cookie", "theme=dark"),),
        (("cookie", "theme=dark"), ("cookie", "preservation_session=another")),
        (("cookie", f"theme=dark{SESSION}"),),
    ],
)
def test_a_session_in_a_second_cookie_header_is_nobody_elses(other: tuple[tuple[str, str], ...]) -> None:
    """Proxies that speak HTTP/2 to browsers may pass each cookie on in a header of its own."""
    door = Door()
    assert door.seen(a_request(("cookie", "theme=dark"), ("cookie", SESSION))) is LAN

    assert door.seen(a_request(*other)) is None


def test_what_was_asked_before_a_change_is_not_remembered_after_it() -> None:
    """A token is revoked between the moment when its row was read and the one when it would have been remembered."""
    door = Door(meanwhile=True)
    request = a_request(("cookie", SESSION))

    assert door.seen(request) is LAN
    assert door.cache.known(request) is None


def test_what_holds_without_tls_is_not_remembered_for_tls() -> None:
    door = Door()
    assert door.seen(a_request(("cookie", SESSION))) is LAN

    assert door.cache.known(a_request(("cookie", SESSION), scheme="https")) is None
