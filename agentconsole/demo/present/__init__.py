"""Stored rows as the dialect's JSON objects."""
