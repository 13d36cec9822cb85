package ledger

import (
	"time"

	"agenttrail"
)

// parseStamp reads a time in TimeLayout, as agenttrail.AppendTime writes it. A start reads half a million of them: this takes a quarter of the time
// that package time needs, and leaves to it whatever is unusual. Digits that stand for no time, like a 30 February, come out as another one: they are refused when
// the entry is written again.
func parseStamp(s string) (time.Time, error) {
	const form = "0000-00-00T00:00:00.000000Z"
	if len(s) != len(form) {
		return time.Parse(agenttrail.TimeLayout, s)
	}
	for i := range len(form) {
		if digit := form[i] == '0'; digit != ('0' <= s[i] && s[i] <= '9') || !digit && s[i] != form[i] {
			return time.Parse(agenttrail.TimeLayout, s)
		}
	}
	return time.Date(number(s[:4]), time.Month(number(s[5:7])), number(s[8:10]),
		number(s[11:13]), number(s[14:16]), number(s[17:19]), number(s[20:26])*int(time.Microsecond), time.UTC), nil
}

func number(digits string) (n int) {
	for i := range len(digits) {
		n = 10*n + int(digits[i]-'0')
	}
	return n
}
