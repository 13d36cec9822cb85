#!/usr/bin/env bash
# each.sh PREFIX: a line "package name..." for each package with functions PREFIX... (Benchmark, Fuzz) in its tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
prefix=${1:?usage: each.sh Benchmark|Fuzz}
{ grep -rE --include='*_test.go' "^func ${prefix}[A-Z0-9_]\w*\(" . || [ $? -eq 1 ]; } |
	sed -E "s|^(.*)/[^/]*:func ($prefix\w*)\(.*|\1 \2|" | sort |
	awk '$1 != last { if (last) print line; last = $1; line = $1 } { line = line " " $2 } END { if (last) print line }'
