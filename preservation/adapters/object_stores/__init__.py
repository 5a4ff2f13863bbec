"""Replica stores, opened by the scheme of their URL."""
