"""An OAIS repository for archives.

Imports point inward, and import-linter holds it:

    workers | api | web | cli -> bootstrap -> services | adapters | settings | logs
                              -> ports | standards -> domain -> errors
"""
