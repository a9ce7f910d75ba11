"""What a support desk is made of: pure data and rules, with no I/O and no clock."""
