"""Tests of what an agent does, as functions."""
