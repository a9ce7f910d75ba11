"""What the console's screen does, one job a file: writing, sending, changing fields, looking things up."""
