"""Looking for things: knowledge articles by Whoosh, tickets by the store's full text."""
