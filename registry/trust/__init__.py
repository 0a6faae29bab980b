"""Who may sign what: the signed trust root, its versions, and people's private keys."""
