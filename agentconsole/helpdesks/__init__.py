"""Helpdesks: the port, what all adapters share, and one package a system."""
