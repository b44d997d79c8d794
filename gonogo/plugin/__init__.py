"""The plugin for pytest: what happens when, in a run."""
