"""EPUB held against its specifications by EPUBCheck of the W3C, if its jar is named; a Java runtime runs it."""

import json
from typing import Final

from preservation.adapters.examination.batches import Task
from preservation.adapters.examination.limits import ExaminationLimits
from preservation.adapters.examination.look import Look
from preservation.adapters.examination.programs import Program, Programs, ended, mapping_of, text_of

_JAVA: Final = ("java", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true", "-jar")
_MAX_SHOWN: Final = 8


def epubcheck_at(jar: str | None) -> Program:
    """`jar` is None where there is none."""
    return Program(
        "epubcheck",
        "epubcheck",
        (*_JAVA, jar, "--version") if jar else ("epubcheck.jar",),
        r"EPUBCheck v([0-9][0-9.]*)",
        "validating EPUB",
        "EPUB is looked into, not validated",
    )


def look_with_epubcheck(
    task: Task, program: Program, programs: Programs, limits: ExaminationLimits, look: Look
) -> None:
    """Without it an EPUB stays what the container says; an empty one has been judged."""
    if task.size == 0:
        return
    version = programs.version(program)
    if version is None:
        look.note("TOOL-MISSING", "epubcheck (Debian package epubcheck): not validated")
        return
    look.used(program.name, version)
    outcome = programs.run(
        [*program.ask[:-1], "{in}/file.epub", "--json", "-", "-q"],
        task.file.path,
        limits=limits.of_program(task.size),
        suffix=".epub",
    )
    if not ended(outcome, program, look):
        return
    start = outcome.out.find(b"{")
    try:
        said = mapping_of(json.loads(outcome.out[start:] if start >= 0 else b""))
    except ValueError:
        look.unsure("TOOL-FAILED", "epubcheck: no report")
        return
    _judge(said, look)


def _judge(said: dict[str, object] | object, look: Look) -> None:
    report = mapping_of(said)
    publication = mapping_of(report.get("publication"))
    look.add("epub-version", text_of(publication.get("ePubVersion")))
    look.add("language", text_of(publication.get("language")))
    look.add("characters", _whole(publication.get("charsCount")), "characters")
    messages = report.get("messages")
    shown = 0
    for message in [mapping_of(one) for one in messages] if isinstance(messages, list) else []:
        severity, code = text_of(message.get("severity")), text_of(message.get("ID"))
        if severity in ("FATAL", "ERROR") and shown < _MAX_SHOWN:
            look.invalid(f"EPUBCHECK-{code}", text_of(message.get("message")))
            shown += 1
        elif severity == "WARNING":
            look.note(f"EPUBCHECK-{code}", text_of(message.get("message")))
    checker = mapping_of(report.get("checker"))
    if (_whole(checker.get("nFatal")), _whole(checker.get("nError"))) == (0, 0):
        look.valid()


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
