"""What is drawn for people: tables and progress bars. Loaded only where something is drawn."""

import os
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.table import Table

_WHOLE = ("id", "time", "type", "puid", "size")
_NO_EDGE = 400  # characters


def draw_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table on standard output; one block of lines for each row where the table's words do not fit side by side."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in _WHOLE)
    cells = [["" if value is None else str(value) for value in row] for row in rows]
    for row in cells:
        table.add_row(*row)
    # Where nobody looks there is no edge to wrap at, unless somebody says where it is.
    has_edge = sys.stdout.isatty() or "COLUMNS" in os.environ
    console = Console(highlight=False, markup=False, width=None if has_edge else _NO_EDGE)
    if has_edge and cells and _narrowest(table, console) > console.width:
        for number, row in enumerate(cells):
            if number:
                console.print()
            console.print(_block(columns, row))
    else:
        console.print(table)


def _narrowest(table: Table, console: Console) -> int:
    """How many characters wide it is where no word is broken."""
    return Measurement.get(console, console.options.update(max_width=_NO_EDGE), table).minimum


def _block(columns: Sequence[str], row: Sequence[str]) -> Table:
    """One row as lines, a name and a value each; what is empty is left out."""
    block = Table(box=None, pad_edge=False, show_header=False)
    block.add_column(style="bold", no_wrap=True)
    block.add_column(overflow="fold")
    for column, value in zip(columns, row, strict=True):
        if value:
            block.add_row(column, value)
    return block


def start_bars() -> Progress:
    """Progress bars on standard error, already started."""
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    bars.start()
    return bars
