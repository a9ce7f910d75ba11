"""What an agent does, as functions that a screen or a command calls."""
