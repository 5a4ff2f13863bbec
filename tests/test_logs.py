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


_TOKEN = "pat_" + "veE6MIvlHE6I9wrf1sB4wcAvp5j7h7WKsZy3ZYiuENM"  # shown to nobody: it opens nothing


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize(
    "fields",
    [
        {"password": "hunter2"},
        {"NEW_PASSWORD": "hunter2"},
        {"headers": {"Authorization": "Bearer hunter2", "Cookie": "a=hunter2"}},
        {"headers": [("x", "Basic aHVudGVyMg==hunter2")]},
        {"said": "GET / authorization: Bearer hunter2"},
        {"said": "cookie: a=1; preservation_session=hunter2; b=2"},
        {"said": "__Host-preservation_session=hunter2"},
        {"url": "postgresql://archive:hunter2@db/x"},
        {"csrf_token": "hunter2"},
        {"raw": b"preservation_device=hunter2"},
        {"deep": {"er": {"and": {"deeper": [{"client_secret": "hunter2"}]}}}},
    ],
)
def test_what_is_secret_does_not_reach_a_line(style: str, fields: dict[str, object]) -> None:
    stream = io.StringIO()
    set_up_logs("info", style, stream)

    structlog.get_logger().info("something_happened", **fields)

    assert "hunter2" not in stream.getvalue()
    assert "***" in stream.getvalue()
    assert "something_happened" in stream.getvalue()


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_shows_neither_tokens_nor_the_values_of_variables(style: str) -> None:
    stream = io.StringIO()
    set_up_logs("info", style, stream)

    def break_with(present: str) -> None:
        raise ValueError(f"{_TOKEN} does not open it: {len(present)}")

    try:
        break_with("hunter2")
    except ValueError:
        structlog.get_logger().exception("request_broke")
        logging.root.error("a library's", exc_info=True)

    assert stream.getvalue().count("does not open it: 7") == 2
    assert "break_with" in stream.getvalue()
    assert "pat_" not in stream.getvalue()
    assert "hunter2" not in stream.getvalue().replace('break_with("hunter2")', "")


def test_a_librarys_line_is_masked_too() -> None:
    stream = io.StringIO()
    set_up_logs("warning", "json", stream)

    logging.root.getChild("library").warning("sent %s to %s", _TOKEN, "redis://:hunter2@queue/0")

    assert json.loads(stream.getvalue())["event"] == "sent *** to redis://***@queue/0"


def test_what_only_looks_a_little_like_a_secret_stays() -> None:
    stream = io.StringIO()
    set_up_logs("info", "json", stream)

    structlog.get_logger().info("job_leased", token=7, path="http://host/a@b", password="", account="urn:uuid:x")

    line = json.loads(stream.getvalue())
    assert (line["token"], line["path"], line["password"]) == (7, "http://host/a@b", "")
