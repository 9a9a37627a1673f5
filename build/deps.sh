#!/bin/sh
# Install what is missing of the named sets (build test lint fuzz bench web) from Debian 12.
# Does nothing, and needs no rights, when all of it is there.
set -eu
cd "$(dirname "$0")/.."

packages() {
	case $1 in
	build) echo gcc make libc6-dev libstdc++-12-dev pkg-config libhyperscan-dev libpcre2-dev \
		libuv1-dev libjansson-dev libyaml-dev libxxhash-dev \
		libsqlite3-dev libseccomp-dev libstemmer-dev libcurl4-openssl-dev \
		zlib1g-dev bubblewrap
		# For the grammars; any npm will do.
		[ -e out/grammars/libgrammars.a ] || command -v npm >/dev/null || echo npm ;;
	test) echo libcmocka-dev python3-pytest python3-snowballstemmer python3-html5lib \
		ripgrep git procps strace \
		universal-ctags nghttp2-server openssl searx kiwix-tools zim-tools ;;
	lint) echo clang clang-tidy clang-format universal-ctags mandoc python3 binutils ;;
	fuzz) echo clang libclang-rt-14-dev ripgrep python3 ;;
	web) command -v npm >/dev/null || echo nodejs npm; echo chromium ;;
	bench) echo ripgrep parallel python3 findutils binutils xz-utils universal-ctags ;;
	*) echo "deps.sh: unknown set '$1'" >&2; exit 2 ;;
	esac
}

wanted=
for set in "$@"; do
	wanted="$wanted $(packages "$set")"
done

if ! command -v dpkg-query >/dev/null; then
	echo "not a Debian system: taking these to be installed:$wanted" >&2
	exit 0
fi

missing=
for package in $wanted; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=none
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "missing, and neither root nor sudo to install them:$missing" >&2
		exit 1
	fi
	as_root=sudo
fi
echo "installing:$missing" >&2
# shellcheck disable=SC2086 # the lists are meant to split
{
	$as_root apt-get -qq update
	$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -qq install -y --no-install-recommends $missing
} >&2
