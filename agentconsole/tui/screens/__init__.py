"""What fills the terminal: the console itself, its dialogs, and the first run."""
