"""A replica in a folder of a POSIX file system.

Beside what a replica shows to readers (`ocfl/`, `ledger/`, ...) it has `work/`, where everything is staged, one folder for each
transaction, and `quarantine/`, where damaged files are kept as evidence. Both lie on the same file system, so that a rename
is all that a commit needs.

    store            the port; `creation` makes a new replica, `identity` knows it again
    version_writer   the commit protocol of a version; `intent`, `root_inventory` and `recovery` belong to it
    writing          putting and replacing single objects; `setting_aside` moves one out of the way
    claims           what keeps the recovery of one process off the work of another
    durable          flushing, and what errors mean; `beneath` opens without following links; `keys`, `listing`
"""
