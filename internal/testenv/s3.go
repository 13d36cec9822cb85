package testenv

import "testing"

// S3Server is a real S3 server: path style, region us-east-1 (another is refused), versions, conditional writes, signatures
// checked.
// Tests share it: give each test a bucket of its own (at least three characters).
type S3Server struct {
	Endpoint  string // http://host:port
	AccessKey string
	SecretKey string
}

// S3 returns the S3 server ("s3"). Without keys in the environment they are those of scripts/s3-server.sh.
func S3(t testing.TB) S3Server {
	t.Helper()
	return S3Server{
		Endpoint:  variable(t, "s3", "AGENTTRAIL_TEST_S3_URL"),
		AccessKey: or("AGENTTRAIL_TEST_S3_ACCESS_KEY", "test"),
		SecretKey: or("AGENTTRAIL_TEST_S3_SECRET_KEY", "testtest"),
	}
}
