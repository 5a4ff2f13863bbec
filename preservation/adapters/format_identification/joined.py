"""Two engines as one: the first answers, the second is asked where a rule says so (ports.FormatIdentifier)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from preservation.domain.formats import FormatIdentification
from preservation.ports import FormatIdentifier

Answer = FormatIdentification | str


@dataclass(frozen=True, slots=True)
class Opinions:
    """What each engine said about a file; `second` is None where it was not asked."""

    first: Answer
    second: Answer | None


class JoinedIdentifier:
    """`asks_about` and `prefer` are the decisions of services.second_opinion, handed in by bootstrap.

    The second engine is asked too where the first could only say why it failed. Safe to call from several threads, as its
    two engines are.
    """

    def __init__(
        self,
        first: FormatIdentifier,
        second: FormatIdentifier | None = None,
        *,
        asks_about: Callable[[FormatIdentification], bool],
        prefer: Callable[[FormatIdentification, FormatIdentification], FormatIdentification],
    ) -> None:
        self._first = first
        self._second = second
        self._asks_about = asks_about
        self._prefer = prefer

    def identify(self, paths: Sequence[str]) -> Sequence[Answer]:
        """The preferred answer for each path."""
        if self._second is None:
            return self._first.identify(paths)
        return [self._join(opinions) for opinions in self.opinions(paths)]

    def opinions(self, paths: Sequence[str]) -> Sequence[Opinions]:
        """Both answers for each path, so that both can be kept and compared."""
        firsts = self._first.identify(paths)
        if self._second is None:
            return [Opinions(first, None) for first in firsts]
        again = [
            number
            for number, first in enumerate(firsts)
            if not isinstance(first, FormatIdentification) or self._asks_about(first)
        ]
        seconds = (
            dict(zip(again, self._second.identify([paths[number] for number in again]), strict=True)) if again else {}
        )
        return [Opinions(first, seconds.get(number)) for number, first in enumerate(firsts)]

    def close(self) -> None:
        self._first.close()
        if self._second is not None:
            self._second.close()

    def _join(self, opinions: Opinions) -> Answer:
        first, second = opinions.first, opinions.second
        if not isinstance(second, FormatIdentification):
            return first
        return self._prefer(first, second) if isinstance(first, FormatIdentification) else second
