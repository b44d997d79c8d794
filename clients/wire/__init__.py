"""The way of a request: connections, exchanges, redaction, and the walls that stand in front of a deployment."""
