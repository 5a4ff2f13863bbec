"""A process of `bench_api`: the API over a database that was filled for it, or a bare route beside it.

python -m bench.api_process api HOME PORT      as `preservation api` serves, for one account with a token
python -m bench.api_process bare URL PORT      FastAPI and one indexed query, by the same server
"""

import os
import sys
from pathlib import Path
from threading import Event as Flag
from typing import Any

from fastapi import FastAPI
from sqlalchemy import text

from preservation import bootstrap
from preservation.adapters.database.engine import open_engine
from preservation.adapters.no_bell import NoBell
from preservation.api.app import create_app
from preservation.api.server import make_server
from preservation.logs import set_up_logs
from preservation.settings import read_settings


def bare(url: str) -> FastAPI:
    """What anybody would write first."""
    engine = open_engine(url)
    app = FastAPI()

    @app.get("/bare/{aip}")
    def show(aip: str) -> dict[str, Any]:
        with engine.connect() as connection:
            row = connection.execute(text("SELECT id, title, head FROM aip WHERE id = :id"), {"id": aip}).one()
        return {"id": row.id, "title": row.title, "head": row.head}

    return app


def main(kind: str, what: str, port: str) -> None:
    stopping = Flag()
    home = Path(what) if kind == "api" else Path.cwd()
    settings = read_settings(home, {**os.environ, "PRESERVATION_API_PORT": port})
    set_up_logs(settings.log_level, settings.log_format, sys.stderr)
    if kind == "bare":
        make_server(bare(what), settings, stopping).run()
        return
    with bootstrap.serving(settings) as repository:
        make_server(create_app(repository, bell=NoBell(), stopping=stopping), settings, stopping).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
