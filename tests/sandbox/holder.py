"""A process that holds a sandbox, as a run of pytest does: boots, starts a marked child of its own, says what it has, waits.

Usage: `python -m tests.sandbox.holder STATE`. The line it prints holds credentials; it goes to the test's pipe only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from sandbox import BootOptions, boot


def main() -> None:
    """Boots in the given state folder and never stops the sandbox."""
    sandbox = boot(config=BootOptions(state=Path(sys.argv[1])))
    connection = sandbox.connection
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = subprocess.Popen(sleeper, env={**os.environ, **connection.marker}, start_new_session=True)
    supervisor = json.loads((Path(connection.state) / "run.json").read_text())["supervisor"]
    answer = {"connection": connection.to_json(), "child": child.pid, "supervisor": supervisor}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    time.sleep(60)


if __name__ == "__main__":
    main()
