"""The `preservation` command: its parts joined, its exceptions turned into exit statuses."""

import gc
import io
import os
import sys
from collections.abc import Sequence

import typer

from preservation.cli.console import COULD_NOT_TELL, NO, WRONG_USE, show_json
from preservation.cli.on_demand import Place, group_of
from preservation.domain.messages import visible
from preservation.errors import ForkedLedger, PreservationError, Unavailable, WrongUse

# In the order in which help shows them. Each is loaded when it is asked for.
COMMANDS = {
    "init": Place("homes", "init"),
    "rebuild": Place("homes", "rebuild"),
    "doctor": Place("homes", "doctor"),
    "serve": Place("service", "serve"),
    "api": Place("service", "api"),
    "worker": Place("service", "worker"),
    "scheduler": Place("service", "scheduler"),
    "ingest": Place("packages", "ingest"),
    "transfer": Place("packages", "transfer", "Packages that are to be submitted."),
    "collection": Place("collections", "app", "The tree of fonds."),
    "aip": Place("aips", "app", "What is kept."),
    "format": Place("formats", "app", "File formats, by PRONOM identifier."),
    "migration": Place("migrations", "app", "Format migrations: plans, approvals, runs, and taking back."),
    "fixity": Place("fixities", "app", "Proving that what is kept is what was taken in."),
    "replica": Place("replicas", "app", "Storage locations and their copies."),
    "policy": Place("policies", "app", "What the archive has decided."),
    "agreement": Place("agreements", "app", "What producers and the archive have settled."),
    "account": Place("accounts", "app", "People and machines, and what they may do."),
    "audit": Place("audits", "app", "The ledger: events, proofs, verification."),
    "ocfl": Place("validators", "ocfl", "OCFL storage roots and objects, ours or others'."),
    "bag": Place("validators", "bag", "BagIt bags."),
}

app = typer.Typer(
    name="preservation",
    cls=group_of(COMMANDS),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def preservation() -> None:
    """A preservation repository: packages in, AIPs in replicated copies, fixity, repair, and a ledger to verify."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # What a command loads stays, and the rows of a large package are no garbage to be looked for again and again.
    gc.set_threshold(100_000, 50, 100)
    # A file name that is no text must not stop us from telling about the file.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    status = run(given)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_stdout()
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit status."""
    try:
        result = app(args=list(arguments), standalone_mode=False, prog_name="preservation")
    except typer.TyperException as error:
        return _tell(WrongUse(error.format_message()), as_json="--json" in arguments, is_usage=True)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        _let_go_of_stdout()
        return 0
    except PreservationError as error:
        return _tell(error, as_json="--json" in arguments)
    except OSError as error:
        # Not foreseen where it happened, but of this machine: permissions, devices, resources.
        where = f"{os.fspath(error.filename)!r}: " if error.filename is not None else ""
        return _tell(Unavailable(f"{where}{error.strerror or error}"), as_json="--json" in arguments)
    return result if isinstance(result, int) else 0


def _let_go_of_stdout() -> None:
    """A reader that went away (`| head`) is no error of ours; what is still buffered has nowhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(error: PreservationError, *, as_json: bool, is_usage: bool = False) -> int:
    status = COULD_NOT_TELL if isinstance(error, Unavailable) else NO if isinstance(error, ForkedLedger) else WRONG_USE
    if as_json:
        show_json({"error": type(error).__name__, "message": str(error)})
    # What the command line's parser says is laid out in lines, a command's help above all.
    text = str(error) if is_usage else f"preservation: {visible(str(error))}"
    sys.stderr.write(text + "\n")
    return status
