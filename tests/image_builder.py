"""Builds the image that a Dockerfile describes where no container engine runs: each instruction in a root of its own.

`FROM` begins from a Debian that debootstrap has just made; every stage is a layer over it (overlayfs, in memory). `RUN` runs
with the rights that container engines give, in namespaces of its own, with this machine's name server, proxies, certificates
and package sources. Nothing is kept from one build to the next.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.image_host import apt_proxies, apt_settings, debian_sources, host_configuration
from tests.image_recipe import Ignored, Instruction, files_of_context, read_instructions

# What docker gives a container that asks for nothing.
_RIGHTS = (
    *("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
    *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT", "AUDIT_WRITE"),
)
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


@dataclass(slots=True)
class Stage:
    """A root under construction, and what a container made from it is started with. `layer` holds what it adds to its base."""

    root: Path
    layer: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH})
    arguments: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    folder: str = "/"
    volumes: list[str] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)
    health: Sequence[str] = ()
    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    stop_signal: str = "SIGTERM"


class Builder:
    """Use it as a context: the end takes the mounts away. `arguments` take the place of defaults of the file (`--build-arg`)."""

    def __init__(self, place: Path, context: Path, arguments: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._place = place
        self._context = context
        self._ignored = Ignored.read((context / ".dockerignore").read_text())
        self._stages: dict[str, Stage] = {}
        self._bases: dict[str, Path] = {}
        self._mounts: list[Path] = []

    def __enter__(self) -> Self:
        _call("mount", "-t", "tmpfs", "-o", "size=4g,mode=0755", "tmpfs", self._place)
        self._mounts.append(self._place)
        return self

    def __exit__(self, *_: object) -> None:
        for mounted in reversed(self._mounts):
            _call("umount", "--lazy", mounted)

    def build(self, dockerfile: str) -> Stage:
        """Carry out every instruction; the last stage. CalledProcessError, with what it wrote, for one that fails."""
        stage: Stage | None = None
        for one in read_instructions(dockerfile):
            print(f"{one.word} {one.rest[:100]}", flush=True)
            if one.word == "FROM":
                stage = self._from(one)
            elif stage is None:
                raise ValueError(f"{one.word} before FROM")
            else:
                self._carry_out(one, stage)
        if stage is None:
            raise ValueError("no FROM")
        return stage

    def _from(self, one: Instruction) -> Stage:
        name, _, label = one.rest.partition(" AS ")
        if name not in self._bases:
            self._bases[name] = self._bootstrap(name)
        number = len(self._stages)
        layer, work, root = (self._place / f"{part}-{number}" for part in ("layer", "work", "root"))
        for folder in (layer, work, root):
            folder.mkdir()
        options = f"lowerdir={self._bases[name]},upperdir={layer},workdir={work}"
        _call("mount", "-t", "overlay", "-o", options, "overlay", root)
        self._mounts.append(root)
        stage = Stage(root, layer)
        self._stages[label or str(number)] = stage
        return stage

    def _bootstrap(self, name: str) -> Path:
        """The smallest Debian, as its image is one, with this machine's package sources."""
        image, _, release = name.removesuffix("-slim").partition(":")
        if image != "debian":
            raise ValueError(f"FROM {name}: only Debian can be made here")
        sources = [one for one in debian_sources() if one.release.partition("-")[0] == release]
        if not sources:
            raise ValueError(f"FROM {name}: this machine has no package source of Debian {release}")
        root = self._place / f"base-{release}"
        making = ("debootstrap", "--variant=minbase", "--force-check-gpg", release, root, sources[0].address)
        try:
            _call(*making, environment=apt_proxies())
        except RuntimeError as error:
            # It does not try a line again that broke.
            print(f"once more: {str(error)[-300:]}", flush=True)
            shutil.rmtree(root)
            _call(*making, environment=apt_proxies())
        # Nothing here has to survive a power cut.
        (root / "etc/dpkg/dpkg.cfg.d/unsafe-io").write_text("force-unsafe-io\n")
        (root / "etc/apt/sources.list").write_text(
            "".join(f"deb [signed-by={_KEYRING}] {one.address} {one.release} main\n" for one in sources)
        )
        (root / "etc/apt/apt.conf.d/10host").write_text("".join(f"{line}\n" for line in apt_settings()))
        return root

    def _carry_out(self, one: Instruction, stage: Stage) -> None:
        match one.word:
            case "ARG":
                stage.arguments |= {name: self._arguments.get(name, given) for name, given in one.pairs().items()}
            case "RUN":
                self.run(one.rest, stage)
            case "COPY":
                self._copy(one, stage)
            case "WORKDIR":
                stage.folder = one.rest
                (stage.root / one.rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case _:
                _note(one, stage)

    def run(self, command: str, stage: Stage) -> None:
        """Carry out a command in the stage's root. RuntimeError, with what it wrote, if it fails."""
        if stage.user != "0:0":
            raise ValueError(f"RUN as {stage.user} is not understood")
        host, environment = host_configuration()
        mounted = [part for outside, inside in host for part in ("--ro-bind", outside, inside)]
        rights = [part for right in _RIGHTS for part in ("--cap-add", f"CAP_{right}")]
        fixed = (
            *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/run"),
            *("--unshare-pid", "--unshare-ipc", "--die-with-parent"),
        )
        given = _as_options({**stage.arguments, **stage.environment, **environment})
        where = ("bwrap", "--bind", str(stage.root), "/", *fixed, *mounted, "--cap-drop", "ALL", *rights)
        _call(*where, "--clearenv", *given, "--chdir", stage.folder, "/bin/sh", "-c", command)

    def _copy(self, one: Instruction, stage: Stage) -> None:
        flags, words = one.flags()
        *names, target = words
        place = stage.root / os.path.join(stage.folder, target).lstrip("/")
        if "from" in flags:
            (name,) = names
            shutil.copytree(
                self._stages[flags["from"]].root / name.lstrip("/"), place, symlinks=True, dirs_exist_ok=True
            )
            return
        assert not flags, flags
        for name in names:
            for source, below in files_of_context(self._context, name, self._ignored):
                is_folder = (self._context / name).is_dir() or target.endswith("/")
                goal = place / below if is_folder else place
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, goal)


def _note(one: Instruction, stage: Stage) -> None:
    """What changes nothing in the root, but how something is started there."""
    match one.word:
        case "ENV":
            stage.environment |= one.pairs()
        case "USER":
            stage.user = one.rest
        case "VOLUME":
            stage.volumes.append(one.rest)
        case "ENTRYPOINT":
            stage.entrypoint = one.list()
        case "CMD":
            stage.command = one.list()
        case "STOPSIGNAL":
            stage.stop_signal = one.rest
        case "HEALTHCHECK":
            stage.health = Instruction("CMD", one.rest.partition("CMD ")[2]).list()
        case "EXPOSE":
            stage.ports.append(one.rest)


def _as_options(environment: Mapping[str, str]) -> Sequence[str]:
    return [part for name, value in environment.items() for part in ("--setenv", name, value)]


def container(stage: Stage, *arguments: str, home: Path, environment: Mapping[str, str]) -> list[str]:
    """The command that starts a program of the image as an engine would: its user without any right, a root that is read-only,
    nothing writable but its volume and /tmp. The program is the first process there.
    """
    (volume,) = stage.volumes
    user, _, group = stage.user.partition(":")
    # The rights to become that user are gone once it has.
    become = ("setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--no-new-privs", "--")
    return [
        *("bwrap", "--ro-bind", str(stage.root), "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
        *("--chmod", "1777", "/tmp", "--bind", str(home), volume),
        *("--unshare-pid", "--unshare-ipc", "--as-pid-1", "--die-with-parent"),
        *("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"),
        *("--clearenv", *_as_options({**stage.environment, **environment}), "--chdir", stage.folder),
        *(*become, *arguments),
    ]


def _call(*command: str | Path, environment: Mapping[str, str] | None = None) -> None:
    words = [str(part) for part in command]
    given = {**os.environ, **(environment or {})}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=given)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
