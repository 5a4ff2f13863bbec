"""Format engines that stay warm from one ingest to the next: to start one takes longer than a small transfer."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from preservation import bootstrap
from preservation.domain.policies import FormatPolicy
from preservation.ports import FormatIdentifier

# Engines of a worker with nothing to do give their memory back.
IDLE_SECONDS = 60.0


class Engines:
    """The engine that the policy asks first, kept between the jobs of this process. For one thread."""

    def __init__(self) -> None:
        self._kept: tuple[FormatPolicy, ExitStack, FormatIdentifier | None] | None = None
        self._used = 0.0

    @contextmanager
    def identifier(self, policy: FormatPolicy) -> Iterator[FormatIdentifier | None]:
        """The engine; None where the policy switches identification off. After an exception the next one gets a fresh one."""
        identifier = self._warm(policy)
        try:
            yield identifier
        except BaseException:
            self.close()
            raise
        self._used = time.monotonic()

    def let_go(self) -> None:
        """Close what was not used for a while."""
        if self._kept is not None and time.monotonic() - self._used > IDLE_SECONDS:
            self.close()

    def close(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept[1].close()

    def _warm(self, policy: FormatPolicy) -> FormatIdentifier | None:
        if self._kept is None or self._kept[0] != policy:
            self.close()
            stack = ExitStack()
            self._kept = (policy, stack, stack.enter_context(bootstrap.format_identifier(policy)))
        return self._kept[2]
