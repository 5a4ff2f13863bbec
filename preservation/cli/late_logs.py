"""Logging that is set up when there is a line to log. Most commands log nothing, and formatting lines takes long to load."""

import importlib
import logging
import sys

_SETTING_UP = "preservation.logs"
_STRUCTURED = "structlog"


def set_up_late(level: str, style: str) -> None:
    """As `logs.set_up_logs` on standard error, at the first line; at once if a module that is loaded logs by structlog."""
    if _STRUCTURED in sys.modules:
        _set_up(level, style)
        return
    threshold = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(handlers=[_FirstLine(level, style)], level=threshold, force=True)


class _FirstLine(logging.Handler):
    """Stands in for the real handler until the first line, which it passes on."""

    def __init__(self, level: str, style: str) -> None:
        super().__init__()
        self._level_name = level
        self._style = style

    def emit(self, record: logging.LogRecord) -> None:
        _set_up(self._level_name, self._style)
        logging.root.handle(record)


def _set_up(level: str, style: str) -> None:
    importlib.import_module(_SETTING_UP).set_up_logs(level, style, sys.stderr)
