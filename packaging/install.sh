#!/bin/sh
# Puts saferl into PREFIX/bin, and its manual pages and completion into PREFIX/share (default /usr/local).
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
mkdir -p "$prefix/bin" "$prefix/share"
cp "$here/bin/saferl" "$prefix/bin/saferl"
chmod 755 "$prefix/bin/saferl"
cp -R "$here/share/." "$prefix/share/"
"$prefix/bin/saferl" --version
