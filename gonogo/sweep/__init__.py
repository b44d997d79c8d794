"""Removes what runs have left behind and could not remove themselves, because they were killed or the deployment was broken just then."""
