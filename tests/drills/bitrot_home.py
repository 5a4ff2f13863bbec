"""The home that the bit-rot drill damages: AIPs of every kind, and a history of checks, made by the real commands."""

import contextlib
import io
import json
import random
from pathlib import Path
from typing import Any

from examples.unicode_traps import write_unicode_traps
from preservation.cli.main import run

SMALL_FILES = 300
LARGE_BYTES = 6 << 20
EXAMPLES = Path(__file__).parents[2] / "examples"


def command(home: Path, *arguments: str, expect: int | None = 0) -> Any:
    """What a command prints with `--json`; AssertionError for another exit status than `expect` (None: any)."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        status = run([*arguments, "--home", str(home), "--json"])
    assert expect is None or status == expect, f"{arguments} ended with {status}: {output.getvalue()[-2000:]}"
    return json.loads(output.getvalue())


def build(place: Path, rng: random.Random, *, small_files: int = SMALL_FILES) -> Path:
    """A home in a new folder. Identification is off: it has nothing to do with bits that rot."""
    home, material = place / "home", place / "material"
    command(home, "init")
    policy = home / "policies" / "formats.toml"
    policy.write_text(policy.read_text().replace('first = "siegfried"', 'first = "none"'))
    write_unicode_traps(material / "traps")
    _fill(material / "many", rng, small_files)
    (material / "large").mkdir()
    (material / "large" / "film.mkv").write_bytes(rng.randbytes(LARGE_BYTES))
    (material / "single.txt").write_bytes(b"one file\n")
    bag = next(EXAMPLES.glob("ho-so-*"))
    made = [command(home, "ingest", str(path))[0]["aip_id"] for path in (bag, material / "traps", material / "many")]
    command(home, "ingest", str(material / "large"))
    command(home, "ingest", str(material / "single.txt"))
    command(home, "fixity", "run", "--all")
    for number in (2, 3):
        (material / "many" / f"added-{number}.txt").write_bytes(b"version %d\n" % number)
        command(home, "ingest", str(material / "many"), "--aip", made[2])
    (material / "traps" / "another.txt").write_bytes(b"a second version\n")
    command(home, "ingest", str(material / "traps"), "--aip", made[1])
    command(home, "fixity", "run", "--all")
    command(home, "fixity", "run", "--all")
    return home


def _fill(folder: Path, rng: random.Random, count: int) -> None:
    for number in range(count):
        path = folder / f"box {number // 50}" / f"Tờ {number:04}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.randbytes(rng.choice((0, 1, 300, 5000, 20_000))))
