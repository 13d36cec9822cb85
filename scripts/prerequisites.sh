# shellcheck shell=bash
# prerequisites.sh: what the scripts beside it share; they source it after "set -euo pipefail".
#
# A script that cannot do its work because something is not on this machine prints one line that says what and ends
# with 77; 1 is a failure. What was fetched or built stays in a cache folder, under names that carry the version.

# open_cache: set $cache, a folder with an absolute name.
open_cache() {
	cache=${AGENTTRAIL_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/agenttrail-test}
	mkdir -p "$cache" || missing "the cache folder $cache cannot be made: set AGENTTRAIL_TEST_CACHE"
	cache=$(cd "$cache" && pwd)
}

# missing REASON: end with 77; the reason is the last line on stderr.
missing() {
	echo "$*" >&2
	exit 77
}

# fail REASON: end with 1; the reason is the last line on stderr.
fail() {
	echo "$*" >&2
	exit 1
}

# need COMMAND WHAT: WHAT says what to install.
need() {
	command -v "$1" >/dev/null || missing "$1 is not installed ($2)"
}

# need_java: Java 17 or newer on the path.
need_java() {
	need java "a JDK, version 17 or newer"
	local major
	major=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
	[ "${major:-0}" -ge 17 ] || missing "Java is version ${major:-unknown}, 17 or newer is needed"
}

# check_sum FILE SHA256
check_sum() {
	echo "$2  $1" | sha256sum -c --quiet >&2 || fail "$1 is not the file we know: delete it and try again"
}

# from_maven ARTIFACT FILE: copy the one artifact (group:name:version[:type]) to $cache/FILE unless it is there.
# One Maven at a time: its local repository is not made for two. A file appears under its name only when it is whole.
from_maven() {
	[ ! -s "$cache/$2" ] || return 0
	need mvn "Maven, to fetch $1"
	need flock "util-linux"
	(
		flock 9
		[ ! -s "$cache/$2" ] || exit 0
		part=$(mktemp -d "$cache/part.XXXXXX")
		trap 'rm -rf "$part"' EXIT
		mvn -B -q -Dstyle.color=never dependency:copy -Dartifact="$1" -DoutputDirectory="$part" -Dmdep.useBaseVersion=true >&2 ||
			missing "Maven could not fetch $1"
		mv "$part/$2" "$cache/$2"
	) 9>"$cache/maven.lock"
}

# taken PORT: somebody listens on it on loopback.
taken() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# free_port: a port that nobody listens on, below the range that the system hands out by itself.
free_port() {
	local port
	for _ in {1..100}; do
		port=$((20000 + RANDOM % 10000))
		if ! taken "$port"; then
			echo "$port"
			return 0
		fi
	done
	fail "no free port found between 20000 and 29999"
}

# claim_dir DIR MARK: make DIR an empty folder of ours. A folder that is not empty must hold the file MARK, else it is
# somebody's and stays as it is.
claim_dir() {
	mkdir -p "$1"
	if [ -n "$(ls -A "$1")" ] && [ ! -e "$1/$2" ]; then
		fail "$1 is not empty and was not made by this script: name another folder"
	fi
	find "$1" -mindepth 1 -delete
	touch "$1/$2"
}

# stop_server DIR: end the process of DIR/pid if its command line still names DIR (a pid may have been given away
# since), politely for 15 seconds.
stop_server() {
	[ -s "$1/pid" ] || return 0
	local pid
	pid=$(cat "$1/pid")
	grep -qsF -- "$1/" "/proc/$pid/cmdline" || return 0
	kill "$pid" 2>/dev/null || return 0
	for _ in {1..150}; do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -9 "$pid" 2>/dev/null || true
}
