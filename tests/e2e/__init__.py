"""Tests of the whole: processes, the embedded helpdesk, the demo."""
