"""The `preservation` command: its parts joined, its exceptions turned into exit statuses."""

import gc
import io
import os
import sys
from collections.abc import Sequence

import typer
from rich.console import Console

from preservation.cli import aips, audits, collections, fixities, formats, homes, packages, replicas, validators
from preservation.cli.console import COULD_NOT_TELL, NO, WRONG_USE, show_json
from preservation.domain.messages import visible
from preservation.errors import ForkedLedger, PreservationError, Unavailable, WrongUse

app = typer.Typer(
    name="preservation",
    help="A preservation repository: packages in, AIPs in replicated copies, fixity, repair, and a ledger to verify.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
homes.register(app)
packages.register(app)
app.add_typer(collections.app, name="collection", help="The tree of fonds.")
app.add_typer(aips.app, name="aip", help="What is kept.")
app.add_typer(formats.app, name="format", help="File formats, by PRONOM identifier.")
app.add_typer(fixities.app, name="fixity", help="Proving that what is kept is what was taken in.")
app.add_typer(replicas.app, name="replica", help="Storage locations and their copies.")
app.add_typer(audits.app, name="audit", help="The ledger: events, proofs, verification.")
app.add_typer(validators.ocfl, name="ocfl", help="OCFL storage roots and objects, ours or others'.")
app.add_typer(validators.bag, name="bag", help="BagIt bags.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # What is loaded stays; and the rows of a large package are no garbage that has to be looked for again and again.
    gc.freeze()
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
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(text)
    return status
