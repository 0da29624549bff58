#!/bin/sh
# Checks the types of the package and runs its tests, in the environment of the notebooks.
#   [SAFERL=COMMAND SAFERL_RUNS=DIR] python/test.sh [ARGUMENTS OF PYTEST]
# With a command and a folder of finished runs, one of them named "run", the package is also compared with what the command says of them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
environment=$("${here%/*}/notebooks/environment.sh")
if [ -n "${SAFERL:-}" ]; then
    saferl=$(command -v "$SAFERL") || { echo "python/test.sh: no $SAFERL. Name the command in SAFERL." >&2; exit 66; }
    SAFERL=$(cd "$(dirname "$saferl")" && pwd)/$(basename "$saferl")
    export SAFERL
fi
cd "$here"
"$environment/bin/python" -m mypy --cache-dir "$environment/mypy" src
PYTHONDONTWRITEBYTECODE=1 "$environment/bin/python" -m pytest -q -p no:cacheprovider "$@"
