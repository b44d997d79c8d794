"""What a deployment sends, read back at its provider."""
