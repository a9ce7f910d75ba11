"""Your Desk in Agent Console."""
