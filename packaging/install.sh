#!/bin/sh
# Puts saferl into PREFIX/bin (default /usr/local).
#
#   ./install.sh [PREFIX]
set -eu
prefix=${1:-/usr/local}
here=$(cd "$(dirname "$0")" && pwd)
missing=$(ldd "$here/bin/saferl" | awk '/not found/ { print $1 }' | sort -u | tr '\n' ' ')
if [ -n "$missing" ]; then
    echo "install.sh: missing libraries: $missing" >&2
    echo "On Debian 12: apt-get install @DEPENDENCIES@" >&2
    exit 1
fi
mkdir -p "$prefix/bin"
cp "$here/bin/saferl" "$prefix/bin/saferl"
chmod 755 "$prefix/bin/saferl"
"$prefix/bin/saferl" --version
