"""Foreign text: cleaned, turned into readable text, folded, split and compared. Pure: no I/O, no clock."""
