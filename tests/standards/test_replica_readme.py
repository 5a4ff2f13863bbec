"""The commands that a replica's README.txt gives are run as they stand, in a shell, on an OCFL object."""

import base64
import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

from preservation.domain.ledger import SequencedEvent
from preservation.standards.ledger_entry import commitment
from preservation.standards.ledger_text import encode_texts
from preservation.standards.replica_readme import replica_readme

AIP = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"


def commands_after(heading: str) -> str:
    """The indented lines of the section below a heading."""
    section = replica_readme().split(heading, 1)[1].split("\nHOW TO", 1)[0]
    return "\n".join(line for line in section.splitlines() if line.startswith("  "))


def shell(script: str, folder: Path) -> str:
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, check=True, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}
    ).stdout


@pytest.fixture
def ocfl_object(tmp_path: Path) -> Path:
    """As much of an OCFL object as the commands look at."""
    content = tmp_path / "v1" / "content"
    content.mkdir(parents=True)
    manifest: dict[str, list[str]] = {}
    for name in ("a.txt", "Tờ trình.pdf", "two\nlines", "back\\slash"):
        (content / name).write_text(f"content of {name}")
        digest = hashlib.sha512((content / name).read_bytes()).hexdigest()
        manifest[digest] = [f"v1/content/{name}"]
    inventory = json.dumps({"id": AIP, "head": "v1", "manifest": manifest}, ensure_ascii=False).encode()
    (tmp_path / "inventory.json").write_bytes(inventory)
    (tmp_path / "inventory.json.sha512").write_text(f"{hashlib.sha512(inventory).hexdigest()} inventory.json\n")
    return tmp_path


def test_the_command_that_finds_an_aip_gives_the_path_of_layout_0004(tmp_path: Path) -> None:
    found = shell(commands_after("HOW TO FIND AN AIP BY ITS IDENTIFIER"), tmp_path).strip()

    digest = hashlib.sha256(AIP.encode()).hexdigest()
    assert found == f"ocfl/{digest[:3]}/{digest[3:6]}/{digest[6:9]}/{digest}"


def test_the_commands_that_check_an_aip_are_content_with_an_intact_one(ocfl_object: Path) -> None:
    said = shell(commands_after("HOW TO CHECK AN AIP"), ocfl_object)

    assert said.splitlines() == ["inventory.json: OK"]


def test_the_commands_that_check_an_aip_name_every_altered_file(ocfl_object: Path) -> None:
    (ocfl_object / "v1/content/Tờ trình.pdf").write_text("altered")
    (ocfl_object / "v1/content/two\nlines").write_text("altered as well")

    said = shell(commands_after("HOW TO CHECK AN AIP"), ocfl_object)

    named = [line for line in said.splitlines() if line.startswith("NOT AS RECORDED")]
    assert len(named) == 2
    assert any("Tờ trình.pdf" in line for line in named)


def test_the_commitment_to_a_text_can_be_taken_as_the_readme_says() -> None:
    private, salt = b'{"reason":"r\xc3\xb2 r\xe1\xbb\x89"}', bytes(range(32))
    line = encode_texts(7, [SequencedEvent(sequence=7, entry=b"{}", salt=salt, private=private)])

    sealed = line.partition(b'"private":')[2].rpartition(b',"salt"')[0]
    shown_salt = base64.b64decode(json.loads(line)["salt"])
    by_hand = hashlib.sha256(b"pres/commit/v1" + b"\0" + shown_salt + sealed).digest()

    assert "the 14 letters pres/commit/v1" in replica_readme()
    assert by_hand == commitment(salt, private)


def test_the_text_names_every_folder_of_a_replica_in_both_languages() -> None:
    english, vietnamese = replica_readme().split("CÁCH ĐỌC BẢN SAO LƯU TRỮ NÀY")

    for entry in ("README.txt", "replica.json", "ocfl/", "repository/", "ledger/", "texts/", "fixity/", "work/"):
        assert re.search(rf"^  {re.escape(entry)}", english, re.MULTILINE), entry
        assert re.search(rf"^  {re.escape(entry)}", vietnamese, re.MULTILINE), entry
