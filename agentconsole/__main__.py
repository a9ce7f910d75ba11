"""`python -m agentconsole`."""

from __future__ import annotations

import sys

from agentconsole.cli import main

if __name__ == "__main__":
    sys.exit(main())
