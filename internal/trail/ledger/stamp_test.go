package ledger

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"agenttrail"
)

func TestStamp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.UnixMicro(rapid.Int64Range(-62135596800_000000, 253402300799_999999).Draw(t, "µs")).UTC()
		text := want.Format(agenttrail.TimeLayout)
		if got := string(agenttrail.AppendTime(nil, want.Add(time.Duration(rapid.IntRange(0, 999).Draw(t, "ns"))))); got != text {
			t.Fatalf("AppendTime(%v) = %s, want %s", want, got, text)
		}
		if got, err := parseStamp(text); err != nil || got != want {
			t.Fatalf("parseStamp(%s) = %v, %v, want %v", text, got, err, want)
		}
	})
}

// TestStampRefuses: each of these is refused at once, or written otherwise than it was read.
func TestStampRefuses(t *testing.T) {
	for _, s := range []string{"", "2026-11-03", "2026-11-03T12:00:00Z", "2026-11-03T12:00:00.000000z", "2026-11-03 12:00:00.000000Z", "2026-02-30T12:00:00.000000Z",
		"2026-13-01T12:00:00.000000Z", "2026-00-01T12:00:00.000000Z", "2026-11-03T24:00:00.000000Z", "2026-11-03T12:60:00.000000Z", "2026-12-31T23:59:60.000000Z",
		"2026-11-03T12:00:00,000000Z", "2026-11-03T12:00:00.00000xZ", "+026-11-03T12:00:00.000000Z", "2026-11-03T12:00:00.000000+"} {
		if got, err := parseStamp(s); err == nil && string(agenttrail.AppendTime(nil, got)) == s {
			t.Errorf("parseStamp(%q) = %v, want an error or another text", s, got)
		}
	}
}
