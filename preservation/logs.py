"""Logging, set up once per process. Lines go to the standard error stream; the standard output is for answers.

An event name is constant, and what varies is in fields: `log.warning("fixity_damage_found", aip_id=...)`. Libraries
that use the standard library's logging come out in the same form. What looks like a password, a token or a cookie is masked,
wherever it stands in a line: nobody who reads logs is given a key.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_MASK = "***"
_DEEPEST = 12
_SECRET_NAME = re.compile(r"passw|secret|token|cookie|authorization|csrf|credential", re.IGNORECASE)
# Tokens of ours and others' (`Bearer x`), cookies of ours with their values, passwords in addresses, argon2's hashes.
_SECRET = re.compile(
    r"pat_[A-Za-z0-9_-]{20,}"
    r"|(?<=bearer )[A-Za-z0-9._~+/=-]+"
    r"|(?<=basic )[A-Za-z0-9+/=]{8,}"
    r"|(?<=preservation_session=)[^;\s]+|(?<=preservation_device=)[^;\s]+|(?<=preservation_oidc=)[^;\s]+"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
    r"|\$argon2[a-z]{1,2}\$\S+",
    re.IGNORECASE,
)


def set_up_logs(level: str, style: str, stream: TextIO) -> None:
    """`level` is debug, info, warning or error; `style` is "json" (one object a line) or "console".

    May be called again; the last call holds.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    rendering = _rendering(style, colors=stream.isatty())
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        # One write for a whole line, so that lines of several processes do not mix.
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=threshold, force=True)


def _rendering(style: str, *, colors: bool) -> list[Processor]:
    # A traceback never shows the values of variables: one of them may be a password. Masking comes after it has become text.
    if style == "json":
        tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(tracebacks),
            masked,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    # Values are shown quoted: a file name with a newline in it must not look like a line of ours.
    console = structlog.dev.ConsoleRenderer(
        colors=colors, repr_native_str=True, exception_formatter=structlog.dev.plain_traceback
    )
    return [structlog.processors.format_exc_info, masked, console]


def masked(logger: WrappedLogger, method: str, fields: EventDict) -> EventDict:
    """A processor: what is called a secret, and what looks like one in any text, becomes asterisks."""
    del logger, method
    return {name: _masked(name, value, 0) for name, value in fields.items()}


def _masked(name: str, value: object, depth: int) -> Any:
    if isinstance(value, bool | int | float | None):
        # A job's fencing token is a number, and nobody's secret.
        return value
    if _SECRET_NAME.search(name) and value not in ("", (), [], {}):
        return _MASK
    if depth >= _DEEPEST:
        return value if isinstance(value, str) and len(value) < 100 and not _SECRET.search(value) else _MASK
    if isinstance(value, Mapping):
        return {key: _masked(str(key), one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", one, depth + 1) for one in value]
    if isinstance(value, bytes):
        value = repr(value)
    return _SECRET.sub(_MASK, value) if isinstance(value, str) else value
