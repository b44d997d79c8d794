"""Checks that leak whatever they can lay their hands on. Copied beside an invented app; tests/end_to_end/test_secrets.py says why."""
