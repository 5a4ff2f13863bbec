"""E-mail: Outlook messages read by olefile, mailboxes cut by us; compared by Email::Outlook::Message and Python."""

import json
import os
import tempfile
from collections.abc import Mapping
from typing import Final

from preservation.adapters.conversion.bench import Bench, Refused, last_words, timed
from preservation.adapters.conversion.programs import OUTLOOK_READER
from preservation.domain.conversions import Comparison, Sameness
from preservation.domain.tools import ToolLimits

Parameters = Mapping[str, str | int]

_MOST_MESSAGES: Final = 10_000
_TO_EML: Final = (
    f"my $message = {OUTLOOK_READER}->new($ARGV[0])->to_email_mime->as_string; "
    'open(my $out, ">:raw", $ARGV[1]) or die "$!"; print $out $message or die "$!"; close($out) or die "$!";'
)


def msg_to_eml(bench: Bench, source: str, _parameters: Parameters) -> list[str]:
    """One message. Ours, as what Debian has for it loses letters beyond ASCII."""
    told = {"source": f"{{in}}/{source}", "target": "{out}/result.eml"}
    outcome = bench.inside("msg_eml", told, _limits(bench, source), "olefile", is_step=True)
    if not outcome.is_good:
        raise Refused("SOURCE-UNREADABLE", last_words(outcome))
    return ["result.eml"]


def mbox_to_eml(bench: Bench, source: str, _parameters: Parameters) -> list[str]:
    """Each message as it lies in the mailbox, one file each; the line "From ..." before it is not part of it."""
    told = {"path": f"{{in}}/{source}", "folder": "{out}", "most": _MOST_MESSAGES}
    outcome = bench.inside("mbox_split", told, _limits(bench, source), is_step=True)
    if not outcome.is_good:
        raise Refused("SOURCE-UNREADABLE", last_words(outcome))
    names = json.loads(outcome.out)
    return [str(name) for name in names]


def compare_msg(bench: Bench, before: str, after: list[str], bounds: Parameters) -> Comparison:
    """Subject, sender, recipients, time, bodies, the SHA-256 of each attachment; and what another program reads of it."""
    limits = _limits(bench, before)
    with tempfile.TemporaryDirectory(prefix="mail-") as folder:
        bench.folder = folder
        bench.uses(OUTLOOK_READER)
        command = ["perl", f"-M{OUTLOOK_READER}", "-e", _TO_EML, f"{{in}}/{before}", "{out}/other.eml"]
        outcome = bench.run(command, limits)
        if not outcome.is_good:
            return Comparison(
                Sameness.UNKNOWN, (), bench.tools, f"{OUTLOOK_READER} cannot read it: {last_words(outcome)}"
            )
        if not bench.takes("other.eml"):
            return Comparison(Sameness.UNKNOWN, (), bench.tools, f"{OUTLOOK_READER} wrote no file")
        told = {
            "before": f"{{in}}/{before}",
            "after": f"{{in}}/{after[0]}",
            "other": "{in}/other.eml",
            "bounds": dict(bounds),
        }
        return bench.compared("mail", told, limits, "olefile")


def compare_mbox(bench: Bench, before: str, after: list[str], _bounds: Parameters) -> Comparison:
    """How many messages, and each one's bytes, as Python's own reader of mailboxes has them."""
    told = {"before": f"{{in}}/{before}", "after": [f"{{in}}/{name}" for name in after]}
    return bench.compared("mbox", told, _limits(bench, before))


def _limits(bench: Bench, source: str) -> ToolLimits:
    return timed(os.path.getsize(bench.inputs[source]), least=120, bytes_per_second=1 << 20)
