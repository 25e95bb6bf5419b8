"""People, their roles, signing in, and the invitations by which employees join."""
