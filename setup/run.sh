#!/bin/sh
# Finds a Python that can run the set-up and hands over. Plain sh: it also has to work where nothing of ours is installed yet.
set -eu
cd "$(dirname "$0")/.."

if [ -x .venv/bin/python ] && .venv/bin/python -I -S setup/provision.py --current 2>/dev/null; then
    exit 0
fi

for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
    # Asked, not only looked up: a name on PATH may be a shim that runs nothing.
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' >/dev/null 2>&1; then
        exec "$candidate" -I setup/provision.py
    fi
done
if command -v uv >/dev/null 2>&1; then
    exec uv run --quiet --no-project --python '>=3.11,<3.15' setup/provision.py
fi
found=$(python3 --version 2>/dev/null || echo "no python3")
echo "gonogo needs Python 3.11, 3.12, 3.13 or 3.14, and found $found: install one (Debian, Ubuntu: python3 and python3-venv; macOS: brew install python@3.13), or uv, and run the command again." >&2
exit 1
