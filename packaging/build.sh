#!/usr/bin/env bash
# Packs the command that `make install` would put in place: a .deb and a tarball, into packaging/out.
#
#   packaging/build.sh BINARY
set -euo pipefail

binary=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
out="$here/out"
version=$("$binary" --version | sed 's/^saferl //')
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The packages whose libraries the binary opens when it starts; libraries of these bring their own.
needed() {
    objdump -p "$binary" | awk '$1 == "NEEDED" { print $2 }' | while read -r library; do
        path=$(ldd "$binary" | awk -v name="$library" '$1 == name { print $3 }')
        [ -n "$path" ] || continue
        # Where /lib is a link, packages know their files by one of two paths.
        for candidate in "$path" "$(realpath "$path")" "/usr$path"; do
            package=$(dpkg -S "$candidate" 2>/dev/null | head -n 1 | cut -d: -f1) && [ -n "$package" ] && break
        done
        [ -n "${package:-}" ] || { echo "packaging: no package has $library" >&2; exit 1; }
        echo "$package"
    done | sort -u
}

dependencies=$(needed | paste -sd, | sed 's/,/, /g')
mkdir -p "$out" "$work/deb/usr/bin" "$work/deb/usr/share/doc/saferl" "$work/deb/DEBIAN"
install -m 755 "$binary" "$work/deb/usr/bin/saferl"
strip --strip-unneeded "$work/deb/usr/bin/saferl"
install -m 644 "$root/LICENSE" "$work/deb/usr/share/doc/saferl/copyright"
gzip -9n < "$root/CHANGELOG.md" > "$work/deb/usr/share/doc/saferl/changelog.gz"
share="$work/deb/usr/share"
"$here/share.sh" "$binary" "$share" vendor-completions
cat > "$work/deb/DEBIAN/control" <<CONTROL
Package: saferl
Version: $version
Architecture: $architecture
Maintainer: The saferl contributors
Depends: $dependencies
Recommends: python3-venv, ffmpeg
Section: science
Priority: optional
Installed-Size: $(du -ks "$work/deb/usr" | cut -f1)
Description: safe reinforcement learning: train, certify, guard, assure
 Trains safe policies from recorded data, certifies them with high confidence, guards
 them at run time and writes down why they may be trusted.
CONTROL
deb="$out/saferl_${version}_$architecture.deb"
dpkg-deb --root-owner-group --build -Zxz "$work/deb" "$deb" >/dev/null

# The tarball has the same binary, and says what it needs where apt is not asked.
name="saferl-$version-linux-$(uname -m)"
mkdir -p "$work/$name/bin"
cp "$work/deb/usr/bin/saferl" "$work/$name/bin/"
cp "$root/LICENSE" "$root/CHANGELOG.md" "$work/$name/"
mkdir "$work/$name/share"
cp -R "$share/man" "$share/bash-completion" "$share/zsh" "$share/fish" "$work/$name/share/"
# Where zsh looks below /usr/local.
mv "$work/$name/share/zsh/vendor-completions" "$work/$name/share/zsh/site-functions"
sed "s/@DEPENDENCIES@/$(echo "$dependencies" | tr -d ,)/" "$here/install.sh" > "$work/$name/install.sh"
chmod 755 "$work/$name/install.sh"
tar -C "$work" --owner=0 --group=0 --sort=name -cJf "$out/$name.tar.xz" "$name"

(cd "$out" && sha256sum "$(basename "$deb")" "$name.tar.xz" > SHA256SUMS && cat SHA256SUMS && du -h "$(basename "$deb")" "$name.tar.xz")
