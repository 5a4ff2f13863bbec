"""The command line: the same services for operators. One command, one function; only here are exit statuses known.

0  yes, or done
1  the answer is no: invalid, damaged and not repaired, rejected, a proof that fails
2  wrong use, or settings that make no sense
3  could not find out: a replica, a tool or the database did not answer
"""

from preservation.cli.main import main

__all__ = ["main"]
