"""Watched places: folders and buckets. Each keeps the promises of `ports.DropPlace`."""
