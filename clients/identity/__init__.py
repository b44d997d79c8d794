"""Who can be a member of a deployment, and how they get in."""
