#!/bin/sh
# Removes what the commands made. Each part keeps to what gonogo made and marked, and says what stays; the packages go last.
set -u
cd "$(dirname "$0")/.."

python=
for candidate in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Cleaning up needs Python 3.11, 3.12, 3.13 or 3.14, and found none: nothing was removed." >&2
    exit 1
fi

status=0
# Without the packages nothing of a killed sandbox can be running that they would be needed for.
PYTHONDONTWRITEBYTECODE=1 GONOGO_STATE='' "$python" -m sandbox clean || status=1
PYTHONDONTWRITEBYTECODE=1 "$python" -m gonogo clean || status=1
# A sandbox that is running has its programs among the packages.
[ $status -eq 0 ] || exit $status
"$python" -I -S -B setup/remove.py
