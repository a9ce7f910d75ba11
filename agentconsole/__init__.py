"""Agent Console: a keyboard-driven console in the terminal for support agents."""

__version__ = "0.1.0"
