"""Format identification by PRONOM signature, in processes of its own (ports.FormatIdentifier).

    siegfried.py         the first engine, as the parent sees it          siegfried_server.py   inside its process
    fido.py              the second engine, as the parent sees it         fido_server.py        inside its process
    fido_engine.py       FIDO with its signatures prepared once; `fido_answers` puts its matches into the domain's words
    pool.py              several engine processes behind one `identify`
    engine_process.py    one engine process: start, ask, time out, kill
    server.py            the loop inside the process; `inspection`, `aliases` and `lifeline` serve it
    frames.py            the bytes between the two
    limits.py            how much time and memory an engine may take
    tree.py              the files below a folder, for a report

Nothing here but the two server modules imports an engine: a Go runtime and two thousand regular expressions
stay out of the process that keeps the archive.
"""
