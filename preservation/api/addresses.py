"""Addresses of this service as answers name them: below the path at which a proxy serves it."""

from starlette.requests import HTTPConnection
from starlette.types import Scope


def address(request: HTTPConnection, path: str) -> str:
    """What the one who asked has to ask for, to reach this path of ours."""
    return f"{root_path(request.scope)}{path}"


def root_path(scope: Scope) -> str:
    """The path below which the service is reached (ASGI HTTP 2.3, `root_path`); `scope["path"]` begins with it."""
    return str(scope.get("root_path", ""))
