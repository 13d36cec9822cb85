#!/usr/bin/env bash
# verapdf.sh: does each PDF claim PDF/A-3a and PDF/UA-1 and hold both, by veraPDF?
#
#   verapdf.sh FILE.pdf...
#   verapdf.sh --fetch       only fetch the validator
#
# CLAIMS="3b ua1"       the claims that must be found and held ("3a ua1")
# LEVEL=3b|3u|3a|ua1    judge by this one profile, whatever the file claims
# HEAP                  of Java (512m: some thousand table rows; 1g for 20,000)
# Needs Java and, the first time, Maven. Prints what veraPDF prints, then "NO PASS FILE CLAIM" for each verdict that is
# not a PASS. Exit status: 0 all hold; 77 something is not installed; else that of veraPDF (1 a rule failed, 2 bad
# option, 4 no such file, 7 not a PDF, 9 one failed and one could not be read), or 1 where veraPDF was content and we are not.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=prerequisites.sh
. "$here/prerequisites.sh"

version=1.28.2
sum=687d4d8bcfec48c9f7e931cf78ed061f1eeccfba55d4cdc000ba9b4d8aa46ce6
name=greenfield-apps-$version.jar

[ $# -gt 0 ] || fail "usage: verapdf.sh FILE.pdf... | --fetch"
need java "Java 8 or newer"
open_cache
from_maven "org.verapdf.apps:greenfield-apps:$version" "$name"
check_sum "$cache/$name" "$sum"
[ "$1" != --fetch ] || exit 0

# Without a profile veraPDF takes the claims from the metadata of each file: one line "PASS file claim" for each.
profile=()
claims=${CLAIMS:-3a ua1}
if [ -n "${LEVEL:-}" ]; then
	profile=(-f "$LEVEL")
	claims=$LEVEL
fi
status=0
verdicts=$(java "-Xmx${HEAP:-512m}" -Djava.awt.headless=true -cp "$cache/$name" org.verapdf.apps.GreenfieldCliWrapper \
	--format text -v --loglevel 1 "${profile[@]}" "$@") || status=$?
printf '%s\n' "$verdicts"

# A file without one of the claims is judged by the other alone, and veraPDF ends with 0: so we ask for each by name.
for file in "$@"; do
	for claim in $claims; do
		if ! grep -qxF "PASS $(realpath "$file") $claim" <<<"$verdicts"; then
			echo "NO PASS $file $claim"
			[ "$status" -ne 0 ] || status=1
		fi
	done
done
exit "$status"
