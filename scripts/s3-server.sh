#!/usr/bin/env bash
# s3-server.sh: a real S3 server on loopback, for tests: versitygw over a folder, with versions and conditional writes.
#
#   s3-server.sh start DIR [PORT]   empties DIR, prints the URL once the server answers; PORT: a free one
#   s3-server.sh stop DIR
#
# Path style, region us-east-1 (another is refused), access key "test", secret key "testtest". Built once from the Go module
# proxy, outside of our module (Go 1.25 or newer, minutes). The file system of DIR needs extended attributes.
# Exit status: 0, 1 a failure, 77 something is not installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=prerequisites.sh
. "$here/prerequisites.sh"

version=v1.8.0
mark=.agenttrail-s3-server

# build: set $bin. It runs in the cache folder, away from our go.mod, and without cgo, so that no C compiler is needed.
build() {
	open_cache
	bin=$cache/versitygw-$version
	[ ! -x "$bin" ] || return 0
	need go "Go 1.25 or newer, to build versitygw"
	need flock "util-linux"
	(
		flock 9
		[ ! -x "$bin" ] || exit 0
		part=$(mktemp -d "$cache/part.XXXXXX")
		trap 'rm -rf "$part"' EXIT
		cd "$part"
		GOBIN=$part CGO_ENABLED=0 go install "github.com/versity/versitygw/cmd/versitygw@$version" >&2 ||
			missing "versitygw $version could not be fetched and built"
		mv versitygw "$bin"
	) 9>"$cache/versitygw.lock"
}

# The data and the old versions lie in two folders beside each other: neither may hold the other.
launch() {
	mkdir "$dir/data" "$dir/versions"
	ROOT_ACCESS_KEY=test ROOT_SECRET_KEY=testtest "$bin" --port "127.0.0.1:$port" --health /health --quiet \
		posix --versioning-dir "$dir/versions" "$dir/data" </dev/null >"$dir/log" 2>&1 &
	echo $! >"$dir/pid"
}

wait_for_answer() {
	local url=http://127.0.0.1:$port end=$((SECONDS + 30))
	until curl -fs -m 5 -o "$dir/health" "$url/health"; do
		kill -0 "$(cat "$dir/pid")" 2>/dev/null || fail "versitygw ended: $(tail -n 1 "$dir/log")"
		[ "$SECONDS" -lt "$end" ] || fail "versitygw did not answer within 30 s: $dir/log"
		sleep 0.05
	done
	kill -0 "$(cat "$dir/pid")" 2>/dev/null || fail "another server answers on $url: $(tail -n 1 "$dir/log")"
	echo "$url" | tee "$dir/url"
}

start() {
	if taken "$port"; then fail "port $port is taken"; fi
	need curl "to ask whether the server answers"
	claim_dir "$dir" "$mark"
	build
	trap 'stop_server "$dir"' EXIT
	launch
	wait_for_answer
	trap - EXIT
}

command=${1:-}
dir=${2:-}
case $command in
start)
	[ -n "$dir" ] || fail "usage: s3-server.sh start DIR [PORT]"
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	port=${3:-$(free_port)}
	start
	;;
stop)
	[ -d "$dir" ] || fail "usage: s3-server.sh stop DIR (there is no folder ${dir:-given})"
	stop_server "$(cd "$dir" && pwd)"
	;;
*)
	fail "usage: s3-server.sh start DIR [PORT] | stop DIR"
	;;
esac
