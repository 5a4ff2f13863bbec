"""Transfers as they come: a folder, a single file, zip, tar, and tar compressed by gzip, bzip2 or xz.

    opening        which of them it is
    folder         walking a folder without following anything
    single_file    one file as a package
    archive        unpacking within bounds, every member under a plain number
    tar_headers, tar_stream, zip_directory, zip_members, decompression
                   the archive formats, read from bytes

The formats are read here rather than by `tarfile` and `zipfile` because a package is hostile: those read headers of any
declared size into memory, decode names for good, stop at the first bad one, and trust sizes that nobody has checked.
"""

from preservation.adapters.packages.opening import open_package

__all__ = ["open_package"]
