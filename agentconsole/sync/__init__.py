"""Moving between helpdesk and database: pull, push and what settles a doubtful send."""
