"""A mailbox compared with the messages cut out of it: {"before", "after": [...]}. The reader is Python's own."""

import email
import email.policy
import hashlib
import mailbox
from pathlib import Path

from preservation.adapters.conversion.inside.answers import Answer, arguments


def main() -> None:
    """Print the answer."""
    told = arguments()
    answer = Answer()
    paths = told["after"] if isinstance(told["after"], list) else []
    box = mailbox.mbox(str(told["before"]), create=False)
    keys = list(box.keys())
    answer.equal("messages", len(keys), len(paths))
    differing = 0
    attachments = [0, 0]
    for number, (key, path) in enumerate(zip(keys, paths, strict=False), 1):
        ours, theirs = box.get_bytes(key), Path(path).read_bytes()
        if _digest(ours) != _digest(theirs):
            differing += 1
            answer.equal(f"message {number}: SHA-256", _digest(ours), _digest(theirs))
        for index, data in enumerate((ours, theirs)):
            attachments[index] += _attachments(data)
    answer.equal("messages whose bytes differ", 0, differing)
    answer.equal("attachments", *attachments)
    answer.told("envelope lines, which a message does not hold", len(keys), 0)
    answer.print()


def _digest(message: bytes) -> str:
    """Without line ends at its end: the last message of a box may lack the empty line that follows the others."""
    return hashlib.sha256(message.rstrip(b"\r\n")).hexdigest()


def _attachments(message: bytes) -> int:
    parsed = email.message_from_bytes(message, policy=email.policy.compat32)
    return sum(part.get_filename() is not None for part in parsed.walk())


if __name__ == "__main__":
    main()
