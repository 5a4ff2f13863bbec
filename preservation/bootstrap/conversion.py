"""The converter, in this installation's fence."""

from collections.abc import Iterator
from contextlib import contextmanager

from preservation.adapters.conversion.converter import ToolConverter
from preservation.bootstrap.fences import tool_fence
from preservation.ports.conversion import Converter
from preservation.settings import Settings


@contextmanager
def converter(settings: Settings) -> Iterator[Converter]:
    """As long as it is needed. It keeps nothing running between two conversions."""
    yield ToolConverter(tool_fence(settings))
