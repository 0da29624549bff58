#!/bin/sh
# Makes the environment of the notebooks and of python/tests and prints its folder, .build/notebooks: the pinned packages, installed once,
# and the package of the folder python, anew whenever that has changed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=${here%/*}
environment="$root/.build/notebooks"
# A copy of the list shows that all of it is installed.
if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
    python3 -m venv --clear "$environment" || {
        echo "notebooks/environment.sh: python3 has no venv module. Install it (Debian: python3-venv)." >&2; exit 1; }
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$environment/requirements.txt"
fi
sources=$(cd "$root/python" && find pyproject.toml README.md src -type f ! -name '*.pyc' -exec sha256sum {} + | sort)
if [ "$sources" != "$(cat "$environment/saferl.sha256" 2>/dev/null || true)" ]; then
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-build-isolation --no-deps --force-reinstall \
        "$root/python"
    printf '%s\n' "$sources" > "$environment/saferl.sha256"
fi
echo "$environment"
