"""A token bucket: how long to wait so that what is taken keeps to a rate, with a second's worth at once."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class TokenBucket:
    """`rate` tokens come in a second, and at most those of one second are kept. Not for several threads.

    More than there is may be taken: the debt is waited for afterwards, so that one large piece is as well as many small ones.
    Times are in seconds on any one clock.
    """

    rate: float
    _level: float = field(default=0.0, init=False)
    _at: float | None = field(default=None, init=False)

    def take(self, amount: float, now: float) -> float:
        """Take so many tokens; for how many seconds to wait before going on, 0 for not at all."""
        if self._at is None:
            self._level = self.rate
        else:
            self._level = min(self.rate, self._level + (now - self._at) * self.rate)
        self._at = now
        self._level -= amount
        return max(0.0, -self._level / self.rate)
