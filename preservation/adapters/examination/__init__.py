"""Characterisation and validation, and looking for viruses (ports.Examiner, ports.VirusScanner).

    examiner.py       FencedExaminer: batches, two at a time, and what each family of formats needs
    batches.py        one batch through fenced processes: a process that ends at a file costs that file
    server.py         the fenced process; `readers` is what it looks with
    answers.py        the lines between the two
    look.py           what is being found out about one file
    programs.py       Debian's programs: whether they are here, their versions, how they are run
    media.py, mediaconch.py, flac_test.py, seven_zip.py, epubcheck.py, verapdf.py    what each program says about a file
    clamav.py         ClamScanner

Nothing here but the server's modules imports a library that parses content: hostile bytes are parsed behind the fence only.
"""
