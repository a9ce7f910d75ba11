"""Canned responses: the agent's own macros and the helpdesk's, read and rendered. Pure but for one reader."""
