"""What every room may stand on: where things lie, which tools there are, how to wait. Imports nothing of ours."""
