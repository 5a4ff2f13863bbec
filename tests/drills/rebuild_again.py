"""What a person does after a rebuild that was interrupted: the same again, and then say where the other replica is.

python -m tests.drills.rebuild_again HOME REPLICA KEY OTHER_REPLICA
"""

import sys
from pathlib import Path

from preservation import bootstrap
from preservation.adapters.home import IDENTITY_FILE, REBUILDING
from preservation.cli.main import run
from preservation.settings import read_settings


def main() -> int:
    home, replica, key, other = sys.argv[1:]
    mark = Path(home) / REBUILDING
    if mark.exists() or not (Path(home) / IDENTITY_FILE).exists():
        status = run(["rebuild", "--from", replica, "--key", key, "--home", home, "--json"])
        if status != 0:
            return status
    with bootstrap.reading(read_settings(Path(home), {})) as repository:
        is_complete = not repository.replicas.away
    # Whatever changes a home settles first what a crash left in it.
    last = ["replica", "sync"] if is_complete else ["replica", "add", other]
    return run([*last, "--home", home, "--json"])


if __name__ == "__main__":
    sys.exit(main())
