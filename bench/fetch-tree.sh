#!/bin/sh
# fetch-tree.sh linux|gcc|binutils: unpacks a source tree of Debian 12 under out/bench/NAME and
# prints where it is. TREE_linux=DIR (and so on) takes a tree that is already there.
set -eu
cd "$(dirname "$0")/.."
name=$1
case $name in
linux) package=linux-source-6.1 given=${TREE_linux:-} ;;
gcc) package=gcc-12-source given=${TREE_gcc:-} ;;
binutils) package=binutils-source given=${TREE_binutils:-} ;;
*) echo "fetch-tree.sh: unknown tree '$name'" >&2; exit 2 ;;
esac
if [ -n "$given" ]; then
	realpath "$given"
	exit 0
fi
tree=$PWD/out/bench/$name
# The ignore file of this repository says nothing of what is unpacked in it.
mkdir -p out/bench
echo '!*' >out/bench/.ignore
if [ ! -d "$tree" ]; then
	scratch=$tree.part
	rm -rf "$scratch"
	mkdir -p "$scratch/tree"
	(cd "$scratch" && apt-get -qq download "$package" && dpkg-deb -x ./*.deb package) >&2
	archive=$(find "$scratch/package/usr/src" -name '*.tar.xz' -size +9M)
	tar -C "$scratch/tree" --strip-components=1 -xf "$archive"
	mv "$scratch/tree" "$tree"
	rm -rf "$scratch"
fi
echo "$tree"
