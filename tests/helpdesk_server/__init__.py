"""Tests of the embedded helpdesk, over real HTTP."""
