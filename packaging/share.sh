#!/usr/bin/env bash
# Manual pages and completion of a binary, which it is asked for, so that they are those of its version.
#
#   packaging/share.sh BINARY SHARE [ZSH-FOLDER]
#
# SHARE is a folder such as /usr/local/share; zsh looks below it in site-functions, Debian's also in vendor-completions.
set -euo pipefail

binary=$(realpath "$1")
share=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Pages of commands that are gone go too.
rm -f "$share"/man/man1/saferl.1.gz "$share"/man/man1/saferl-*.1.gz
"$here/manual.py" "$binary" "$share/man/man1"
gzip -9nf "$share"/man/man1/saferl.1 "$share"/man/man1/saferl-*.1
for shell in bash:bash-completion/completions/saferl "zsh:zsh/${3:-site-functions}/_saferl" fish:fish/vendor_completions.d/saferl.fish; do
    mkdir -p "$(dirname "$share/${shell#*:}")"
    "$binary" completion "${shell%%:*}" > "$share/${shell#*:}"
done
