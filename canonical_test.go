package agenttrail_test

import (
	"testing"
	"time"

	"agenttrail"

	"pgregory.net/rapid"
)

// TestAppendTime holds our own digits against the library's, for years that four digits write and for others.
func TestAppendTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-70_000_000_000, 300_000_000_000).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
		at = at.In(time.FixedZone("", rapid.IntRange(-12*3600, 14*3600).Draw(t, "offset")))
		want := "x" + at.UTC().Format(agenttrail.TimeLayout)
		if got := string(agenttrail.AppendTime([]byte("x"), at)); got != want {
			t.Errorf("AppendTime(x, %v) = %q; want %q", at, got, want)
		}
	})
}
