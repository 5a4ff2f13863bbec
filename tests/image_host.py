"""What a build needs of this machine to reach packages: apt's sources and settings, pip's and uv's, proxies, certificates.

Nothing here names a host: all of it is what this machine was told.
"""

import ast
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_CERTIFICATES = "/run/certificates-of-the-host.crt"
_UV_SETTINGS = "/run/uv-of-the-host.toml"
_UV_VARIABLES = (
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX",
    "UV_FIND_LINKS",
    "UV_HTTP",
    "UV_NATIVE_TLS",
    "UV_INSECURE",
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where packages come from: an address, and a release or pocket of Debian there."""

    address: str
    release: str


def debian_sources() -> Sequence[Source]:
    """This machine's sources of Debian packages, as apt understands its configuration."""
    found = _sources_known()
    if not found:
        # Whose they are is told by what was fetched from them, and nothing was yet.
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        found = _sources_known()
    return found


def _sources_known() -> Sequence[Source]:
    wanted = ("--format", "$(ORIGIN)|$(REPO_URI)|$(RELEASE)", "Created-By: Packages")
    lines = [line.split("|") for line in _read("apt-get", "indextargets", *wanted).splitlines()]
    return list(dict.fromkeys(Source(address, release) for origin, address, release in lines if origin == "Debian"))


def apt_settings() -> Sequence[str]:
    """Proxies and what is checked: this machine's settings of how packages are fetched. A line that breaks is tried again."""
    chosen = ("Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries")
    set_here = [line for line in _read("apt-config", "dump").splitlines() if line.startswith(chosen)]
    return ['Acquire::Retries "3";', *set_here]


def apt_proxies() -> Mapping[str, str]:
    """Apt's proxies for a program that does not read apt's configuration."""
    found = {}
    for kind in ("http", "https"):
        for word in shlex.split(_read("apt-config", "shell", "PROXY", f"Acquire::{kind}::Proxy")):
            value = word.partition("=")[2]
            if value and value != "DIRECT":
                found[f"{kind}_proxy"] = value
    return found


def host_configuration() -> tuple[Sequence[tuple[str, str]], Mapping[str, str]]:
    """What a step needs of this machine to reach packages: files to mount (outside, inside), and variables."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_UV_VARIABLES) or name.lower() in ("http_proxy", "https_proxy", "no_proxy")
    }
    environment |= _pip_settings()
    mounted = [(path, path) for path in ("/etc/resolv.conf", "/etc/hosts") if Path(path).exists()]
    certificates = os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
    if Path(certificates).is_file():
        mounted.append((certificates, _CERTIFICATES))
        environment |= dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"), _CERTIFICATES)
    chosen = next((one for one in (Path.home() / ".config/uv/uv.toml", Path("/etc/uv/uv.toml")) if one.is_file()), None)
    if chosen is not None:
        mounted.append((str(chosen), _UV_SETTINGS))
        environment["UV_CONFIG_FILE"] = _UV_SETTINGS
    # Folders of packages on this machine that pip or uv are told to look into.
    words = " ".join(environment.values()).split()
    folders = dict.fromkeys(word.removeprefix("file://") for word in words if word.startswith(("/", "file:///")))
    mounted += [(path, path) for path in folders if Path(path).is_dir()]
    return mounted, environment


def _pip_settings() -> Mapping[str, str]:
    """What pip's files and variables on this machine say together, as variables."""
    done = subprocess.run(["python3", "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    found = {}
    for line in done.stdout.splitlines():
        name, _, value = line.partition("=")
        scope, _, option = name.partition(".")
        if scope in ("global", "install", ":env:") and option != "config-file":
            text = str(ast.literal_eval(value))
            found[f"PIP_{option.upper().replace('-', '_')}"] = " ".join(text.split())
    return found


def _read(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
