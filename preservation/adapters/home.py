"""The folder that one installation lives in: where its parts lie."""

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from preservation.adapters.flushing import flush_folder
from preservation.errors import Conflict, NotHere, Unavailable, WrongUse

IDENTITY_FILE = "repository.json"
REBUILDING = "rebuilding"
INITIALISING = "initialising"
_BEGINNING = re.compile(r"policies|replicas|staging|keys|repository\.(?:json|new)|preservation\.(?:db.*|toml)|lock")


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
    def lock_file(self) -> Path:
        """What the locks of this machine's processes are on. Empty."""
        return self.root / "lock"

    @property
    def deposits(self) -> Path:
        """Where uploads lie until their transfers are preserved, refused or withdrawn: a folder for each transfer."""
        return self.root / "deposits"

    @property
    def drops_file(self) -> Path:
        """Which places are watched for packages; absent where none is."""
        return self.root / "drops.toml"

    @property
    def exports(self) -> Path:
        """Where DIPs that were asked for over HTTP lie until they expire: a folder for each job."""
        return self.root / "exports"

    @property
    def migrations(self) -> Path:
        """Where results of format migrations wait until they are versions: a folder for each AIP that is being migrated."""
        return self.root / "migrations"

    @property
    def staging(self) -> Path:
        """Where archives are unpacked: at most one copy beside the replicas."""
        return self.root / "staging"

    def make(self) -> None:
        """The folders of a new home, under a mark that `finish_making` takes away.

        Conflict unless the root is absent or empty, or has that mark and nothing but what a home begins with.
        """
        mark = self.root / INITIALISING
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            is_begun = mark.exists()
            for one in self.root.iterdir():
                if not is_begun or (one != mark and not _BEGINNING.fullmatch(one.name)):
                    raise Conflict(f"{self.root} is not empty: it holds {one.name}")
            mark.touch()
            self._flush()
            for folder in (self.policies, self.replicas, self.staging):
                folder.mkdir(exist_ok=True)
            self.key_file.parent.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"cannot make a home in {self.root}: {error.strerror}") from error

    def forget_unidentified(self) -> None:
        """Away with the key and the database of a home that was cut off before it had an identity: nothing was signed yet."""
        self.key_file.unlink(missing_ok=True)
        for pattern in ("*.new", "preservation.db*"):
            for left in self.root.glob(pattern):
                left.unlink()

    def finish_making(self) -> None:
        """The new home counts from here on."""
        (self.root / INITIALISING).unlink(missing_ok=True)
        self._flush()

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
        """NotHere while an init or a rebuild has not come to its end."""
        if (self.root / INITIALISING).exists():
            raise NotHere(f"{self.root} is a home that was not finished: run `preservation init` again")
        if (self.root / REBUILDING).exists():
            raise NotHere(f"{self.root} is a rebuild that was cut off: run `preservation rebuild` again")

    def write_policies(self, files: Mapping[str, bytes]) -> None:
        for name, data in files.items():
            path = self.policies / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)

    def policy_files(self) -> dict[str, bytes]:
        """The policies as they are, by file name."""
        patterns = ("*.toml", "agreements/*.toml", "signatures/*.toml", "signatures/*.xml", "signatures/*.sig")
        found = sorted(path for pattern in patterns for path in self.policies.glob(pattern))
        return {path.relative_to(self.policies).as_posix(): path.read_bytes() for path in found}

    def save_identity(self, values: dict[str, object]) -> None:
        """Say which repository lives here, durably: the step that makes a home one."""
        path = self.root / IDENTITY_FILE
        temporary = path.with_suffix(".new")
        with temporary.open("wb") as stream:
            stream.write(json.dumps(values, indent=1, sort_keys=True).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        self._flush()

    def _flush(self) -> None:
        """What lies in the root is there after a power cut too."""
        flush_folder(self.root)

    def identity(self) -> dict[str, object]:
        """What `save_identity` wrote. NotHere if no repository lives here."""
        try:
            values = json.loads((self.root / IDENTITY_FILE).read_bytes())
        except FileNotFoundError as error:
            raise NotHere(f"{self.root} is not a home: `preservation init` makes one") from error
        except OSError as error:
            raise Unavailable(f"{self.root / IDENTITY_FILE} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise WrongUse(f"{self.root / IDENTITY_FILE} cannot be read: {error}") from error
        if not isinstance(values, dict):
            raise WrongUse(f"{self.root / IDENTITY_FILE} does not hold what it should")
        return values
