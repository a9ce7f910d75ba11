"""The adapter for Zendesk and whatever speaks its dialect."""
