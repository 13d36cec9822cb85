// Package testenv gives tests the real things they need and cannot make themselves: an Elasticsearch node, an S3 server, a PDF
// validator, a folder of public logs. It starts nothing; scripts/test.sh does, and names what it started in the environment:
//
//	es         AGENTTRAIL_TEST_ES_URL, _ES_USER, _ES_PASSWORD, _ES_CA, _ES_CLUSTER
//	es-secure  AGENTTRAIL_TEST_ES_SECURE_URL, and so on: a node with TLS, users and API keys
//	s3         AGENTTRAIL_TEST_S3_URL, _S3_ACCESS_KEY, _S3_SECRET_KEY
//	verapdf    AGENTTRAIL_TEST_VERAPDF: the path of scripts/verapdf.sh
//	corpora    AGENTTRAIL_CORPORA: the folder of corpora, where it is not ../shared/corpora beside the module
//	chromium   a browser of that name, or google-chrome, in PATH
//
// A test whose thing is not there skips and says why. AGENTTRAIL_TEST_REQUIRE, a list like "es,s3", turns these skips into
// failures: a machine that is meant to test everything cannot lose a suite unnoticed.
//
// Only tests import it.
package testenv

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// prerequisites are the names that AGENTTRAIL_TEST_REQUIRE may hold.
var prerequisites = []string{"es", "es-secure", "s3", "verapdf", "corpora", "chromium"}

// lack ends the test because the prerequisite name is not there: as skipped, or as failed where it is required.
func lack(t testing.TB, name, reason string) {
	t.Helper()
	if required(t, name) {
		t.Fatalf("%s: %s (AGENTTRAIL_TEST_REQUIRE names it)", name, reason)
	}
	t.Skipf("%s: %s", name, reason)
}

// required reads AGENTTRAIL_TEST_REQUIRE. A name that means nothing fails the test: it would require nothing.
func required(t testing.TB, name string) bool {
	t.Helper()
	found := false
	for _, want := range strings.Split(os.Getenv("AGENTTRAIL_TEST_REQUIRE"), ",") {
		want = strings.TrimSpace(want)
		if want != "" && !slices.Contains(prerequisites, want) {
			t.Fatalf("AGENTTRAIL_TEST_REQUIRE: %q is none of %s", want, strings.Join(prerequisites, ", "))
		}
		found = found || want == name
	}
	return found
}

// variable returns the environment variable that the prerequisite name begins with.
func variable(t testing.TB, name, key string) string {
	t.Helper()
	value := os.Getenv(key)
	if value == "" {
		lack(t, name, key+" is not set (make test sets it)")
	}
	return value
}

// or returns the environment variable, or other where it is unset or empty.
func or(key, other string) string {
	if value := os.Getenv(key); value != "" {
		return value
	}
	return other
}
