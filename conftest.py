"""gonogo's plugin: what happens when, in a run."""

pytest_plugins = ["gonogo.plugin.timeline"]
