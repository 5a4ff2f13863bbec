"""Logging, set up once per process. Lines go to the standard error stream; the standard output is for answers.

An event name is constant, and what varies is in fields: `log.warning("fixity_damage_found", aip_id=...)`. Libraries
that use the standard library's logging come out in the same form.
"""

import logging
from typing import TextIO

import structlog
from structlog.typing import Processor


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
    if style == "json":
        return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False)]
    # Values are shown quoted: a file name with a newline in it must not look like a line of ours.
    return [structlog.dev.ConsoleRenderer(colors=colors, repr_native_str=True)]
