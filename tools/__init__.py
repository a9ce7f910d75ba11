"""What the project is made with: not part of what is installed."""
