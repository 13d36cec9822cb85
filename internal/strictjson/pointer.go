package strictjson

import (
	"fmt"
	"strconv"
	"strings"
)

// cutPointer cuts the first step from a JSON pointer (RFC 6901) that is not empty.
func cutPointer(pointer string) (step, rest string, err error) {
	if pointer[0] != '/' {
		return "", "", fmt.Errorf("pointer %q does not begin with '/'", pointer)
	}
	step, rest = pointer[1:], ""
	if end := strings.IndexByte(step, '/'); end >= 0 {
		step, rest = step[:end], step[end:]
	}
	if strings.IndexByte(step, '~') < 0 {
		return step, rest, nil
	}
	whole := step
	if step, err = unescapeStep(whole); err != nil {
		return "", "", fmt.Errorf("pointer step %q: %w", whole, err)
	}
	return step, rest, nil
}

func unescapeStep(step string) (string, error) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(step, "~")
		out.WriteString(before)
		switch {
		case !found:
			return out.String(), nil
		case strings.HasPrefix(after, "0"):
			out.WriteByte('~')
		case strings.HasPrefix(after, "1"):
			out.WriteByte('/')
		default:
			return "", fmt.Errorf("'~' must be followed by 0 or 1")
		}
		step = after[1:]
	}
}

// arrayIndex reads a step as the index of an element: digits without leading zeros.
func arrayIndex(step string) (n int, ok bool) {
	if step == "" || step[0] == '-' || !plainInteger(step) {
		return 0, false
	}
	n, err := strconv.Atoi(step)
	return n, err == nil
}
