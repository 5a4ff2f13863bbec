"""A replica in a bucket of a server that speaks S3.

store            the port; `creation` makes a new replica, `identity` knows it again, `probe` finds out what the server does
version_writer   the commit protocol of a version; `intent`, `standing`, `placing`, `heading` and `settling` belong to it
leftovers        what was broken off, for people
shown            what of a listing is there for readers; `setting_aside` keeps what is damaged
uploads, lanes   objects in parts, and how many requests run at once
bucket           objects of the replica; `wire` is one request, `address` where, `credentials` as whom
"""
