"""The bit-rot drill: `python -m tests.drills.bitrot --faults 1000 --seed 1`.

One of two replicas is damaged, some thirty faults at a time, in every way and at every kind of file; then `fixity run --all`
has to find each fault, report nothing else, keep the damaged bytes, and leave the replica as it was before, byte for byte.
After each round `audit verify` and `ocfl validate` must have nothing to say, and each step must be an event, in its order.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.drills.bitrot_faults import Fault, inject
from tests.drills.bitrot_home import build, command
from tests.drills.bitrot_judge import Judgement, judge, last_cursor, leftovers, snapshot

ROUND = 30


@dataclass(slots=True)
class Tally:
    """What came of all rounds. `wrong` says in sentences what did not come out right."""

    injected: int = 0
    found: int = 0
    repaired: int = 0
    wrongly_reported: int = 0
    rounds: int = 0
    ways: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, faults: list[Fault], judgement: Judgement) -> None:
        self.rounds += 1
        self.injected += len(faults)
        self.found += len(faults) - len(judgement.not_found)
        self.repaired += len(faults) - len(judgement.not_repaired)
        self.wrongly_reported += len(judgement.wrongly_reported)
        self.ways.update(fault.way for fault in faults)
        self.kinds.update(fault.kind for fault in faults)
        self.wrong += [f"round {self.rounds}: {sentence}" for sentence in judgement.sentences()]


def drill(place: Path, faults: int, seed: int, *, per_round: int = ROUND, small_files: int = 300) -> Tally:
    """Run it in a new folder. The same seed does the same to the same files; identifiers and times differ."""
    rng = random.Random(seed)
    home = build(place, rng, small_files=small_files)
    tally = Tally()
    while tally.injected < faults:
        damaged, other = home / "replicas" / "a", home / "replicas" / "b"
        before = snapshot(damaged)
        cursor = last_cursor(home)
        injected = inject(damaged, before, leftovers(home, before), min(per_round, faults - tally.injected), rng)
        report = command(home, "fixity", "run", "--all", expect=None)
        judgement = judge(home, before, injected, report, cursor)
        tally.add(injected, judgement)
        audit = command(home, "audit", "verify", expect=None)
        if not audit["ok"] or audit["problems"]:
            tally.wrong.append(f"round {tally.rounds}: audit verify: {audit}")
        for root in (damaged / "ocfl", damaged / "repository", other / "ocfl"):
            valid = command(home, "ocfl", "validate", str(root), expect=None)
            if not valid["valid"]:
                tally.wrong.append(f"round {tally.rounds}: {root} is not valid OCFL: {valid['findings'][:3]}")
    return tally


def main() -> int:
    """Exit status 0 if every fault was found and repaired and nothing else was reported."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--round", type=int, default=ROUND)
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bitrot-") as place:
        tally = drill(Path(place), given.faults, given.seed, per_round=given.round)
    for title, counts in (("ways", tally.ways), ("kinds of file", tally.kinds)):
        print(f"{title}: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    for sentence in tally.wrong[:100]:
        print(f"WRONG {sentence}")
    print(
        f"injected {tally.injected}, found {tally.found}, repaired {tally.repaired}, wrongly reported "
        f"{tally.wrongly_reported}, in {tally.rounds} rounds, {time.monotonic() - started:.0f} s (seed {given.seed})"
    )
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
