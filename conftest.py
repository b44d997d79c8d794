"""The plugin modules that are loaded at once. All others are listed in fixtures/plugins.py: they follow when there is something to run."""

pytest_plugins = [
    "fixtures.options",
    "fixtures.assertions",
    "fixtures.run",
    "fixtures.plugins",
]
