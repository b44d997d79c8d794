"""What a deployment keeps for its members."""
