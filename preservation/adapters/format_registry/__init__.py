"""What is known of file formats (ports.FormatRegistry), from data that are installed with the program or by the archive.

reports       PRONOM's reports as the FIDO package brings them: relations between formats, kinds, notes on risk
pronom        all of it together: the reports, the table within siegfried's database, a DROID release that was installed
"""
