"""Pages with more to do than to be shown."""

from __future__ import annotations

# Sound pages that are never still: what their script does.
BUSY = {
    "still": "",
    "long-poll": "fetch('/held')",
    "polls": "setInterval(() => fetch('/news'), 100)",
    "events": "new EventSource('/held')",
    "service-worker": "navigator.serviceWorker.register('/worker.js')",
    "socket": "new WebSocket('wss://staging.fm5.test/held').onerror = () => {}",
}
WORKER = "self.addEventListener('install', () => { self.skipWaiting(); setInterval(() => fetch('/news'), 100) })"
