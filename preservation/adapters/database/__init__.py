"""The catalogue on SQLite and PostgreSQL: an index that a rebuild makes again from one replica.

Writes go through `wire` in bulk, without an ORM; reads are SQLAlchemy Core. `tables` says what is kept, `upgrade` brings
a database to that shape, `catalogue.open_catalogue` opens it.
"""
