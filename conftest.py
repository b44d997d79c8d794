"""The plugin modules that are loaded at once. All others follow when there is something to run."""

pytest_plugins = [
    "gonogo.plugin.options",
    "gonogo.run.assertions",
    "gonogo.run.state",
    "gonogo.plugin.plugins",
]
