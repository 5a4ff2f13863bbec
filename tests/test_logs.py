"""Log lines: one event, one line, whatever the values hold."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from preservation.logs import set_up_logs


@pytest.fixture(autouse=True)
def _afterwards_as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_json_lines_hold_the_event_and_its_fields() -> None:
    stream = io.StringIO()
    set_up_logs("info", "json", stream)

    structlog.get_logger().warning("fixity_damage_found", path="Tờ trình.pdf")

    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["path"]) == ("fixity_damage_found", "warning", "Tờ trình.pdf")
    assert line["timestamp"].endswith("Z")
    assert "Tờ trình" in stream.getvalue()


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_newline_in_a_value_does_not_begin_a_line(style: str) -> None:
    stream = io.StringIO()
    set_up_logs("info", style, stream)

    structlog.get_logger().info("file_kept", path="a\nforged_event level=error\x1b[31m")

    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


def test_lines_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    set_up_logs("warning", "json", stream)

    structlog.get_logger().info("file_kept")

    assert stream.getvalue() == ""


def test_a_librarys_own_logging_comes_out_in_the_same_form() -> None:
    stream = io.StringIO()
    set_up_logs("warning", "json", stream)

    logging.root.getChild("library").warning("something %s", "odd")

    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["logger"]) == ("something odd", "warning", "library")


def test_setting_up_again_does_not_double_the_lines() -> None:
    first, second = io.StringIO(), io.StringIO()
    set_up_logs("warning", "json", first)
    set_up_logs("warning", "json", second)

    structlog.get_logger().warning("once")
    logging.root.warning("twice")

    assert first.getvalue() == ""
    assert second.getvalue().count("\n") == 2
