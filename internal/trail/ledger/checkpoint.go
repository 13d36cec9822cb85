package ledger

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// A checkpoint is what a note says (C2SP tlog-checkpoint): so many entries, with this root.
type checkpoint struct {
	origin string
	size   int64
	root   tlog.Hash
}

func (c checkpoint) text() string {
	return c.origin + "\n" + strconv.FormatInt(c.size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.root[:]) + "\n"
}

// parseCheckpoint accepts three lines, written as text writes them. Extension lines are not ours.
func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return checkpoint{}, fmt.Errorf("checkpoint has %d lines, want 3", len(lines)-1)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 1 {
		return checkpoint{}, fmt.Errorf("checkpoint has size %q", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return checkpoint{}, fmt.Errorf("checkpoint has root %q", lines[2])
	}
	c := checkpoint{lines[0], size, tlog.Hash(root)}
	if c.text() != text {
		return checkpoint{}, fmt.Errorf("checkpoint of size %d is not written as we write it", size)
	}
	return c, nil
}

// Sizes that bound what is read.
const (
	maxNote = 1 << 10
	maxLog  = MaxEntry + maxNote
)

// LogName is the name under which entry n is committed.
func LogName(n int64) string { return fmt.Sprintf("log/%012d", n) }

// joinLog makes the content of log/<n>.
func joinLog(entry, note []byte) []byte {
	return append(append(bytes.Clone(entry), '\n'), note...)
}

// splitLog takes it apart. An entry has no raw line feed, since canonical JSON escapes it.
func splitLog(data []byte) (entry, note []byte, err error) {
	entry, note, found := bytes.Cut(data, []byte{'\n'})
	if !found {
		return nil, nil, fmt.Errorf("no line feed between entry and note")
	}
	return entry, note, nil
}
