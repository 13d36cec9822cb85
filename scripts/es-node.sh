#!/usr/bin/env bash
# es-node.sh: a real Elasticsearch on loopback, for tests (Linux, Java 17 or newer, mvn, curl, unzip).
#
#   es-node.sh start DIR [PORT] [HEAP]   empties DIR, prints the base URL once the node answers; PORT: a free one, HEAP: 256m
#   es-node.sh stop DIR
#
# It is the distribution that Elastic publishes for authors of plugins: the real server with fewer modules. DIR/url,
# DIR/cluster, DIR/transport and DIR/ca.pem say how to reach it. As root, the node runs as the user 65534 (needs setpriv).
#
# ES_SECURE=1     security and TLS; user "admin" (superuser); needs openssl
# ES_PASSWORD     password of all users (agenttrail-test)
# ES_ROLES=FILE   a roles.yml; each role in it also gets a user of its name (with ES_SECURE)
# ES_PLUGIN=FILE  es-plugin/AnalysisLite.java: makes API keys work (with ES_SECURE; needs javac and jar)
# ES_EXTRA        more lines for elasticsearch.yml, e.g. "http.max_content_length: 1mb"
# ES_DISCOVERY    instead of "discovery.type: single-node"; with ES_NAME and ES_CLUSTER for clusters: the first node has
#                 'cluster.initial_master_nodes: [n1]', the others $'discovery.seed_hosts: ["127.0.0.1:TRANSPORT"]\nnode.roles: [data]'
# ES_JVM          JVM flags; the default starts fast, set it empty for load runs
# ES_VERSION      another version than the one below (its sum is not checked)
# Exit status: 0, 1 a failure, 77 something is not installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=prerequisites.sh
. "$here/prerequisites.sh"

known=8.19.7
known_sum=cb7f86fb6e68e85ef6f531ae5c68458ecfe42371150403b22b2ed21381581cbb
version=${ES_VERSION:-$known}
password=${ES_PASSWORD:-agenttrail-test}
mark=.agenttrail-es-node
secure=false
[ -z "${ES_SECURE:-}" ] || secure=true

check_prerequisites() {
	need_java
	need curl "to ask whether the node answers"
	need unzip "to unpack the distribution"
	if [ "$(id -u)" = 0 ]; then need setpriv "util-linux, to leave root: Elasticsearch refuses to run as root"; fi
	[ -n "${ES_SECURE:-}" ] || return 0
	need openssl "to make certificates"
	[ -z "${ES_PLUGIN:-}" ] || need javac "a JDK, to compile $ES_PLUGIN"
}

unpack() {
	local zip=elasticsearch-$version.zip
	open_cache
	from_maven "org.elasticsearch.distribution.integ-test-zip:elasticsearch:$version:zip" "$zip"
	if [ "$version" = "$known" ]; then check_sum "$cache/$zip" "$known_sum"; fi
	unzip -q "$cache/$zip" -d "$dir"
}

configure() {
	mkdir "$dir/tmp"
	echo "${ES_CLUSTER:-agenttrail-test-$port-$$}" >"$dir/cluster"
	echo "$transport" >"$dir/transport"
	cat >"$home/config/elasticsearch.yml" <<-YML
		cluster.name: $(cat "$dir/cluster")
		node.name: ${ES_NAME:-n1}
		path.data: $dir/data
		path.logs: $dir/logs
		network.host: 127.0.0.1
		http.port: $port
		transport.port: $transport
		${ES_DISCOVERY:-discovery.type: single-node}
		xpack.security.enabled: $secure
		xpack.security.autoconfiguration.enabled: false
		cluster.routing.allocation.disk.threshold_enabled: false
		node.store.allow_mmap: false
		${ES_EXTRA:-}
	YML
}

# A CA of its own for each node, its key thrown away at once.
make_certificates() {
	local tls=$home/config/tls ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
	mkdir "$tls"
	openssl req -x509 "${ec[@]}" -days 2 -subj "/CN=agenttrail test CA" -keyout "$tls/ca.key" -out "$dir/ca.pem"
	openssl req "${ec[@]}" -subj "/CN=127.0.0.1" -keyout "$tls/node.key" -out "$tls/node.csr"
	openssl x509 -req -in "$tls/node.csr" -CA "$dir/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial -days 2 \
		-out "$tls/node.pem" -extfile <(echo "subjectAltName=IP:127.0.0.1,DNS:localhost")
	rm "$tls/ca.key"
	cat >>"$home/config/elasticsearch.yml" <<-YML
		xpack.security.http.ssl.enabled: true
		xpack.security.http.ssl.key: tls/node.key
		xpack.security.http.ssl.certificate: tls/node.pem
	YML
}

# All users have one password, so the tool, which takes seconds, makes the first and the others get its hash.
add_users() {
	"$home/bin/elasticsearch-users" useradd admin -p "$password" -r superuser
	[ -n "${ES_ROLES:-}" ] || return 0
	cat "$ES_ROLES" >>"$home/config/roles.yml"
	local role hash
	hash=$(sed -n 's/^admin://p' "$home/config/users")
	for role in $(sed -n 's/^\([a-z_]*\):.*/\1/p' "$ES_ROLES"); do
		echo "$role:$hash" >>"$home/config/users"
		echo "$role:$role" >>"$home/config/users_roles"
	done
}

install_plugin() {
	local plugin=$home/plugins/analysis-lite
	mkdir -p "$plugin" "$dir/classes"
	javac -nowarn -cp "$home/lib/*" -d "$dir/classes" "$ES_PLUGIN"
	jar cf "$plugin/analysis-lite.jar" -C "$dir/classes" .
	printf '%s\n' name=analysis-lite description="analysis of the security index, for tests" version=1 \
		classname=agenttrail.AnalysisLite java.version=17 "elasticsearch.version=$version" \
		>"$plugin/plugin-descriptor.properties"
}

# The node daemonizes itself; the folder belongs to the user it runs as.
launch() {
	local as=()
	if [ "$(id -u)" = 0 ]; then
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
		chown -R 65534:65534 "$dir"
		"${as[@]}" test -w "$dir/tmp" || fail "the user 65534 cannot reach $dir: open its parent folders (chmod a+x) or name another"
	fi
	cd "$home"
	"${as[@]}" bin/elasticsearch -d -p "$dir/pid" </dev/null >"$dir/start.log" 2>&1 || {
		grep -m 5 -E 'ERROR|Exception|rror:' "$dir/start.log" >&2 || head -n 20 "$dir/start.log" >&2
		fail "Elasticsearch did not start: $dir/start.log"
	}
}

wait_for_answer() {
	local url=http://127.0.0.1:$port ask=(curl -fs -m 5 -o "$dir/health.json")
	if [ -n "${ES_SECURE:-}" ]; then
		url=https://127.0.0.1:$port
		ask+=(--cacert "$dir/ca.pem" -u "admin:$password")
	fi
	local end=$((SECONDS + 300))
	until "${ask[@]}" "$url/_cluster/health?wait_for_status=yellow&timeout=1s"; do
		[ "$SECONDS" -lt "$end" ] || fail "Elasticsearch did not answer within 300 s: $dir/logs"
		sleep 0.25
	done
	# Another node may have taken the port between our look and our start.
	grep -qF "\"cluster_name\":\"$(cat "$dir/cluster")\"" "$dir/health.json" || fail "another cluster answers on $url"
	echo "$url" | tee "$dir/url"
}

start() {
	if taken "$port"; then fail "port $port is taken"; fi
	if taken "$transport"; then fail "port $transport is taken"; fi
	check_prerequisites
	claim_dir "$dir" "$mark"
	unpack
	configure
	ES_JAVA_HOME=${ES_JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
	export ES_JAVA_HOME ES_TMPDIR=$dir/tmp HOME=$dir/tmp CLI_JAVA_OPTS="-Xmx64m -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Djava.io.tmpdir=$dir/tmp"
	export ES_JAVA_OPTS="-Xms$heap -Xmx$heap ${ES_JVM--XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch -XX:-UseG1GC -XX:+UseSerialGC -XX:-UsePerfData}"
	if [ -n "${ES_SECURE:-}" ]; then
		make_certificates 2>"$dir/openssl.log" || fail "openssl: $(tail -n 1 "$dir/openssl.log")"
		add_users >&2
		[ -z "${ES_PLUGIN:-}" ] || install_plugin >&2
	fi
	trap 'stop_server "$dir"' EXIT
	launch
	wait_for_answer
	trap - EXIT
}

command=${1:-}
dir=${2:-}
case $command in
start)
	[ -n "$dir" ] || fail "usage: es-node.sh start DIR [PORT] [HEAP]"
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	port=${3:-$(free_port)}
	transport=$(free_port)
	heap=${4:-256m}
	home=$dir/elasticsearch-$version
	start
	;;
stop)
	[ -d "$dir" ] || fail "usage: es-node.sh stop DIR (there is no folder ${dir:-given})"
	stop_server "$(cd "$dir" && pwd)"
	;;
*)
	fail "usage: es-node.sh start DIR [PORT] [HEAP] | stop DIR"
	;;
esac
