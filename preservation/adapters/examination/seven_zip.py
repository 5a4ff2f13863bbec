"""7z archives listed and tested by 7-Zip; nothing is unpacked."""

import re
from typing import Final

from preservation.adapters.examination.batches import Task
from preservation.adapters.examination.limits import ExaminationLimits
from preservation.adapters.examination.look import Look
from preservation.adapters.examination.programs import SEVEN_ZIP, Programs, ended, lines_of

_FACTS: Final = {"Files": ("members", ""), "Size": ("uncompressed", "bytes")}
_FACT: Final = re.compile(r"(Files|Size): +([0-9]{1,15})$")


def look_with_seven_zip(task: Task, programs: Programs, limits: ExaminationLimits, look: Look) -> None:
    if task.size == 0:
        look.invalid("EMPTY-FILE")
        return
    if not programs.use(SEVEN_ZIP, look):
        return
    # A password that is given is not asked for.
    outcome = programs.run(
        ["7zz", "t", "-p-", "-bd", "-t7z", "{in}/file.7z"],
        task.file.path,
        limits=limits.of_program(task.size),
        suffix=".7z",
    )
    if not ended(outcome, SEVEN_ZIP, look):
        return
    said = lines_of(outcome.out + b"\n" + outcome.err)
    for line in said:
        found = _FACT.match(line)
        if found:
            name, unit = _FACTS[found.group(1)]
            look.add(name, int(found.group(2)), unit)
    problems = [line for line in said if line.startswith("ERROR")]
    if any("password" in line.lower() or "encrypted" in line.lower() for line in said):
        look.unsure("ARCHIVE-ENCRYPTED", "cannot be read without its password")
    elif outcome.status in (0, 1):
        look.well_formed()
    elif outcome.status == 2:
        look.invalid("ARCHIVE-DAMAGED", problems[0] if problems else "status 2")
    else:
        look.unsure("TOOL-FAILED", f"7zz: status {outcome.status}")
