#!/bin/sh
# Executes a notebook on a finished run, or the one that compares two, and leaves a page beside the first run's pictures. With --assurance
# it executes the one that leads from a finished run to a signed assurance case.
# Without a run it executes the one about certificates, which calls saferl, and leaves the page in .build/notebooks.
#   [SAFERL=COMMAND] notebooks/run.sh RUN
#   notebooks/run.sh GUARDIAN-ON GUARDIAN-OFF
#   [SAFERL=COMMAND] notebooks/run.sh --assurance RUN
#   [SAFERL=COMMAND] [SAFERL_TRIALS=N] notebooks/run.sh
# Exit code: 0 when every cell ran, 64 for wrong usage, 66 without a run or without saferl, 1 for anything that failed.
set -eu
wanted=
[ "${1:-}" != --assurance ] || { wanted=assurance; shift; }
[ $# -le 2 ] && { [ -z "$wanted" ] || [ $# -eq 1 ]; } ||
    { echo "usage: notebooks/run.sh [RUN [RUN-WITHOUT-GUARDIAN]], or notebooks/run.sh --assurance RUN" >&2; exit 64; }
for folder; do
    [ -f "$folder/metrics.jsonl" ] ||
        { echo "$folder: not a run directory; it has no metrics.jsonl. Train first." >&2; exit 66; }
done
here=$(cd "$(dirname "$0")" && pwd)
environment="${here%/*}/.build/notebooks"
run= other= saferl=
case $wanted$# in
    0|assurance1) notebook=certificate page=certificate pages=$environment
       [ -z "$wanted" ] || { notebook=assurance page=assurance pages= run=$(cd "$1" && pwd); }
       saferl=$(command -v "${SAFERL:-saferl}") || {
           echo "notebooks/run.sh: no ${SAFERL:-saferl}. Install it with \"make install\", or name it in SAFERL." >&2
           exit 66; }
       saferl=$(cd "$(dirname "$saferl")" && pwd)/$(basename "$saferl") ;;
    1) notebook=point_robot page=notebook run=$(cd "$1" && pwd)
       # Without it the section about rules and proofs is left out.
       saferl=$(command -v "${SAFERL:-saferl}" || true)
       [ -z "$saferl" ] || saferl=$(cd "$(dirname "$saferl")" && pwd)/$(basename "$saferl") ;;
    2) notebook=guardian page=guardian run=$(cd "$1" && pwd) other=$(cd "$2" && pwd) ;;
esac
pages=${pages:-$run/pictures}
"$here/environment.sh" >/dev/null
mkdir -p "$pages"
# Executed in a folder of its own: the notebook in the source tree keeps no outputs.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/$notebook.ipynb" "$work/"
cd "$work"
# PATH leads the kernel named python3 to this environment's interpreter.
PATH="$environment/bin:$PATH" SAFERL_RUN="$run" SAFERL_OTHER="$other" SAFERL="$saferl" IPYTHONDIR="$work" JUPYTER_CONFIG_DIR="$work" \
    JUPYTER_PATH="$environment/share/jupyter" MPLCONFIGDIR="$work" PYTHONDONTWRITEBYTECODE=1 \
    "$environment/bin/python" -m nbconvert --log-level ERROR --KernelManager.transport=ipc --execute --to html \
    --output-dir "$pages" --output "$page" "$notebook.ipynb"
echo "$pages/$page.html"
