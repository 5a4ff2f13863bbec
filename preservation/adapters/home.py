"""The folder that one installation lives in: where its parts lie, and the lock that keeps two writers apart."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from preservation.errors import Conflict, NotHere, Unavailable, WrongUse

IDENTITY_FILE = "repository.json"
REBUILDING = "rebuilding"
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one root. Nothing here is touched before it is asked for."""

    root: Path

    @property
    def key_file(self) -> Path:
        return self.root / "keys" / "ledger.key"

    @property
    def policies(self) -> Path:
        return self.root / "policies"

    @property
    def replicas(self) -> Path:
        return self.root / "replicas"

    @property
    def staging(self) -> Path:
        """Where archives are unpacked: at most one copy beside the replicas."""
        return self.root / "staging"

    def make(self) -> None:
        """The folders of a new home. Conflict unless the root is absent or empty."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            if any(self.root.iterdir()):
                raise Conflict(f"{self.root} is not empty")
            for folder in (self.policies, self.replicas, self.staging):
                folder.mkdir()
            self.key_file.parent.mkdir(mode=0o700)
        except OSError as error:
            raise Unavailable(f"cannot make a home in {self.root}: {error.strerror}") from error

    def make_for_rebuild(self) -> None:
        """As `make`, but what an interrupted rebuild left is cleared away: its mark says that nothing of it counts yet."""
        mark = self.root / REBUILDING
        try:
            if mark.exists():
                self._clear()
            if self.root.exists() and any(
                one.name not in ("preservation.toml", REBUILDING) for one in self.root.iterdir()
            ):
                raise Conflict(f"{self.root} is not empty")
            self.root.mkdir(parents=True, exist_ok=True)
            mark.touch()
            for folder in (self.policies, self.replicas, self.staging):
                folder.mkdir()
            self.key_file.parent.mkdir(mode=0o700)
        except OSError as error:
            raise Unavailable(f"cannot make a home in {self.root}: {error.strerror}") from error

    def _clear(self) -> None:
        """Away with what an interrupted rebuild left, its mark last of all."""
        for folder in (self.policies, self.replicas, self.staging, self.key_file.parent):
            shutil.rmtree(folder, ignore_errors=True)
        for pattern in (IDENTITY_FILE, "*.new", "preservation.db*", "lock"):
            for left in self.root.glob(pattern):
                left.unlink()

    def finish_rebuild(self) -> None:
        """The rebuilt home counts from here on."""
        (self.root / REBUILDING).unlink(missing_ok=True)

    def check_whole(self) -> None:
        """NotHere while a rebuild has not come to its end."""
        if (self.root / REBUILDING).exists():
            raise NotHere(f"{self.root} is a rebuild that was cut off: run `preservation rebuild` again")

    def write_policies(self, files: Mapping[str, bytes]) -> None:
        for name, data in files.items():
            (self.policies / name).write_bytes(data)

    def policy_files(self) -> dict[str, bytes]:
        """The policies as they are, by file name."""
        return {path.name: path.read_bytes() for path in sorted(self.policies.glob("*.toml"))}

    def save_identity(self, values: dict[str, object]) -> None:
        """Say which repository lives here, durably: the step that makes a home one."""
        path = self.root / IDENTITY_FILE
        temporary = path.with_suffix(".new")
        with temporary.open("wb") as stream:
            stream.write(json.dumps(values, indent=1, sort_keys=True).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def identity(self) -> dict[str, object]:
        """What `save_identity` wrote. NotHere if no repository lives here."""
        try:
            values = json.loads((self.root / IDENTITY_FILE).read_bytes())
        except FileNotFoundError as error:
            raise NotHere(f"{self.root} is not a home: `preservation init` makes one") from error
        except (OSError, ValueError) as error:
            raise WrongUse(f"{self.root / IDENTITY_FILE} cannot be read: {error}") from error
        if not isinstance(values, dict):
            raise WrongUse(f"{self.root / IDENTITY_FILE} does not hold what it should")
        return values

    @contextmanager
    def lock(self, seconds: float) -> Iterator[None]:
        """Be the only writer of this home, waiting up to so many seconds. Unavailable if another one goes on.

        The lock is the operating system's: it ends with the process, however that ends.
        """
        try:
            descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(f"{self.root} cannot be written to: {error.strerror}") from error
        try:
            deadline = time.monotonic() + seconds
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise Unavailable(f"another process is writing to {self.root}") from None
                    time.sleep(_POLL_SECONDS)
            yield
        finally:
            os.close(descriptor)
