"""Work in a child that is forked from this very process: modules are loaded, so a hundred of them cost little.

Only for code that no other thread of this process takes part in.
"""

import os
import pickle
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tests.homes import Answer, preservation

NOBODY = 65534

Result = TypeVar("Result")


def in_a_fork(work: Callable[[], Result]) -> Result | int:
    """What `work` returned, or the exit status if the child ended before that."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 99
        try:
            os.close(reading)
            data = pickle.dumps(work())
            with os.fdopen(writing, "wb") as stream:
                stream.write(data)
            status = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        data = stream.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if status != 0 else pickle.loads(data)  # noqa: S301 - from our own child


def run_as_nobody(folder: Path, arguments: Sequence[str]) -> Answer:
    """Give everything below the folder to a user without rights, then run a command as that user."""
    for path in [folder, *folder.rglob("*")]:
        os.lchown(path, NOBODY, NOBODY)
    for above in folder.parents:
        if not os.stat(above).st_mode & 0o001:
            above.chmod(0o711)

    def work() -> Answer:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        return preservation(*arguments)

    answer = in_a_fork(work)
    assert isinstance(answer, Answer), f"the child ended with status {answer}"
    return answer
