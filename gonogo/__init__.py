"""gonogo verifies a deployment before it is promoted."""
