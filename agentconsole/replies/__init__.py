"""Macros (canned responses) and the checks of a reply before it goes out. Pure."""
