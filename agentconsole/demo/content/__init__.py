"""The demo company: its articles, macros, customers and their tickets."""
