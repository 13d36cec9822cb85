#!/usr/bin/env bash
# test.sh: every test, with real servers. What "make test" runs.
#
#   test.sh [ARGUMENT...]   arguments of go test, e.g. "./internal/elastic -run TestBulk"; none: all packages
#
# While the tests are compiled it starts Elasticsearch (plain and secure) and S3 and fetches veraPDF, then names them in the
# environment (internal/testenv reads it), runs the tests, and stops what it started. What cannot be had on this machine is
# left out and said at the end; AGENTTRAIL_TEST_REQUIRE="es,es-secure,s3,verapdf" makes that a failure, and so is a server that
# is there and does not start. A server whose URL the caller names already is used as it is. The last line is "N passed, N failed, N skipped"; the exit status is that of go test.
set -euo pipefail
set -m # each job is a process group of its own: we can end it with its children, and nothing else
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
if [ $# -eq 0 ]; then set -- ./...; fi

work=$(mktemp -d "${TMPDIR:-/tmp}/agenttrail-test.XXXXXX")
chmod 711 "$work" # a node started by root runs as another user
declare -A job    # name -> pid, while it runs
notes=()          # "name: reason" of what cannot be had

cleanup() {
	local pid name
	for pid in "${job[@]}"; do kill -- "-$pid" 2>/dev/null || true; done
	wait
	for name in es es-secure; do
		if [ -d "$work/$name" ]; then "$here/es-node.sh" stop "$work/$name" & fi
	done
	if [ -d "$work/s3" ]; then "$here/s3-server.sh" stop "$work/s3" & fi
	wait
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# begin NAME COMMAND...: run it beside us, its messages into $work/NAME.log.
begin() {
	local name=$1
	shift
	"$@" </dev/null >"$work/$name.log" 2>&1 &
	job[$name]=$!
}

# have NAME: wait for it; true when we began it and it is ready. Else its last line is the reason. 77 says that something is
# not on this machine; any other failure makes NAME required, so that the tests which need it fail.
have() {
	local status=0 reason
	[ -n "${job[$1]:-}" ] || return 1
	wait "${job[$1]}" || status=$?
	unset "job[$1]"
	if [ "$status" -eq 0 ]; then
		echo "ready after ${SECONDS} s: $1"
		return 0
	fi
	reason=$(tail -n 1 "$work/$1.log")
	notes+=("$1: $reason")
	if [ "$status" -ne 77 ]; then
		echo "$1 did not start:"
		tail -n 30 "$work/$1.log"
		export AGENTTRAIL_TEST_REQUIRE="${AGENTTRAIL_TEST_REQUIRE:+$AGENTTRAIL_TEST_REQUIRE,}$1"
	fi
	return 1
}

if [ -z "${AGENTTRAIL_TEST_ES_URL:-}" ]; then
	begin es "$here/es-node.sh" start "$work/es"
fi
if [ -z "${AGENTTRAIL_TEST_ES_SECURE_URL:-}" ]; then
	begin es-secure env ES_SECURE=1 ES_ROLES="$here/es-roles.yml" ES_PLUGIN="$here/es-plugin/AnalysisLite.java" \
		ES_PASSWORD=agenttrail-test "$here/es-node.sh" start "$work/es-secure"
fi
if [ -z "${AGENTTRAIL_TEST_S3_URL:-}" ]; then
	begin s3 "$here/s3-server.sh" start "$work/s3"
fi
begin verapdf "$here/verapdf.sh" --fetch
begin summary go build -buildvcs=false -o "$work/testsummary" ./scripts/testsummary
# Compile and link every test, run none. What does not compile is shown when the tests run.
begin compile go test -count=1 -exec true "$@"

have summary || exit 1
wait "${job[compile]}" || true
unset "job[compile]"
echo "compiled after ${SECONDS} s"
if have es; then
	AGENTTRAIL_TEST_ES_URL=$(cat "$work/es/url")
	AGENTTRAIL_TEST_ES_CLUSTER=$(cat "$work/es/cluster")
	export AGENTTRAIL_TEST_ES_URL AGENTTRAIL_TEST_ES_CLUSTER
fi
if have es-secure; then
	AGENTTRAIL_TEST_ES_SECURE_URL=$(cat "$work/es-secure/url")
	AGENTTRAIL_TEST_ES_SECURE_CLUSTER=$(cat "$work/es-secure/cluster")
	export AGENTTRAIL_TEST_ES_SECURE_URL AGENTTRAIL_TEST_ES_SECURE_CLUSTER AGENTTRAIL_TEST_ES_SECURE_CA=$work/es-secure/ca.pem
	export AGENTTRAIL_TEST_ES_SECURE_USER=admin AGENTTRAIL_TEST_ES_SECURE_PASSWORD=agenttrail-test
fi
if have s3; then
	AGENTTRAIL_TEST_S3_URL=$(cat "$work/s3/url")
	export AGENTTRAIL_TEST_S3_URL AGENTTRAIL_TEST_S3_ACCESS_KEY=test AGENTTRAIL_TEST_S3_SECRET_KEY=testtest
fi
if have verapdf; then
	export AGENTTRAIL_TEST_VERAPDF=$here/verapdf.sh
fi

run() {
	echo 0 >"$work/status"
	{ go test -json -count=1 -timeout 30m "$@" || echo $? >"$work/status"; } |
		"$work/testsummary" ${notes[@]+"${notes[@]}"}
}
run "$@" </dev/null &
job[run]=$!
summarized=0
wait "${job[run]}" || summarized=$?
unset "job[run]"
status=$(cat "$work/status")
[ "$status" -ne 0 ] || status=$summarized
exit "$status"
