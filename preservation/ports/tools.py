"""Running other people's programs on content that nobody trusts."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from preservation.domain.tools import ToolLimits, ToolOutcome


class ToolFence(Protocol):
    """Runs a program so that it can harm nothing but its own answer. Safe to call from several threads.

    It sees the system's programs and libraries and this program's own, read only; the inputs, read only; one folder to write in,
    if it is given one; an empty home; no network; nothing of the environment but what is given. It and all that it starts are
    killed as a group at its end, at a limit, and when this process ends.
    """

    @property
    def strength(self) -> str:
        """ "namespaces" where the system keeps that promise; "limits" where it gives only limits and a group to kill."""
        ...

    def run(
        self,
        command: Sequence[str],
        *,
        inputs: Mapping[str, str] | None = None,
        folder: str | None = None,
        limits: ToolLimits,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> ToolOutcome:
        """Run to the end, or to a limit.

        `inputs` are files, by the plain name under which the program sees them: "{in}/NAME" in the command. `folder` is a folder
        that the program may write in: "{out}" in the command, and its working folder. Raises Unavailable if the program
        cannot be started (it is not installed, or the fence cannot be put up); nothing that the program does is an exception.
        """
        ...
