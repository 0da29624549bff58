#!/usr/bin/env bash
# Installs both packages into a fresh Debian without Swift and trains a small run there. Needs root and debootstrap.
#
#   packaging/check.sh [SUITE [MIRROR]]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
suite=${1:-bookworm}
command -v debootstrap >/dev/null || { echo "check.sh: install debootstrap first" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "check.sh: only root may change the root" >&2; exit 1; }
root=$(mktemp -d)
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf "$root"' EXIT
debootstrap --variant=minbase "$suite" "$root" ${2:+"$2"} >/dev/null
mount -t proc proc "$root/proc"
for file in /etc/apt/apt.conf.d/* /etc/resolv.conf; do
    if [ -f "$file" ]; then cp -L "$file" "$root$file" 2>/dev/null || true; fi
done
cp "$here"/out/*.deb "$here"/out/*.tar.xz "$root/tmp/"
inside() { chroot "$root" /bin/bash -ec "export DEBIAN_FRONTEND=noninteractive; $1"; }

try='cd /tmp && saferl --version && saferl doctor >/dev/null &&
    saferl train configs/fisor.json --run run --quiet --set schedule.steps=20 --set data.collect.transitions=400 \
        --set evaluation.episodes=2 --set fisor.width=16 --set fisor.criticWidths="[16]" --set fisor.blocks=1 &&
    saferl evaluate run --episodes 2 >/dev/null && rm -rf run'

# Manual pages and completion of the same version, in SHARE; zsh's in the folder named behind it.
documented() {
    inside "cd $1 && zcat man/man1/saferl.1.gz man/man1/saferl-train.1.gz | grep -q '^.SH NAME' &&
        . bash-completion/completions/saferl && complete -p saferl >/dev/null &&
        test -s zsh/$2/_saferl && test -s fish/vendor_completions.d/saferl.fish"
}

# Before its libraries are there the tarball says what is missing, and then works.
inside 'cd /tmp && tar xf *.tar.xz --no-same-owner 2>/dev/null || { apt-get update -qq && apt-get install -qq -y xz-utils >/dev/null && tar xf *.tar.xz; }
    cd saferl-*/ && ! ./install.sh 2> /tmp/said && sed -n "s/^On Debian 12: //p" /tmp/said > /tmp/remedy
    apt-get update -qq && sh -c "$(cat /tmp/remedy) -qq -y --no-install-recommends" >/dev/null && ./install.sh'
inside "$try"
documented /usr/local/share site-functions
inside 'rm /usr/local/bin/saferl; apt-get install -qq -y --no-install-recommends /tmp/*.deb >/dev/null'
inside "$try"
documented /usr/share vendor-completions
inside '! command -v swift'
echo "check.sh: both packages install and run on $suite"
