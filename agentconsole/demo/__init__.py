"""The embedded helpdesk: a small real HTTP server that speaks Zendesk's dialect."""
