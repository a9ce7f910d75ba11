"""Turning foreign text into what may be shown: cleaning, HTML to text, folding, splitting. Pure."""
