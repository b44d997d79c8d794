"""The list of fixture modules and of every suite's journeys; nothing else. A module stands below those that it imports."""

pytest_plugins = [
    "fixtures.options",
    "fixtures.run",
    "fixtures.selection",
    "fixtures.manifest",
    "fixtures.distribution",
    "fixtures.gate",
    "fixtures.progress",
    "fixtures.stage",
    "fixtures.loop",
    "fixtures.terms",
    "fixtures.outcomes",
    "fixtures.evidence",
    "fixtures.drills",
    "fixtures.conclusion",
    "suites.auth.journeys",
    "suites.health.journeys",
    "suites.mail.journeys",
    "suites.storage.journeys",
    "suites.rollback.journeys",
    "suites.browser.journeys",
]
