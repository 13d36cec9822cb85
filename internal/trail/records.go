package trail

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"

	"agenttrail"
)

// A recordLine is one line of records.csv: where the record stands, how it ended, and what its leaf needs.
type recordLine struct {
	Object         int
	Ordinal        int64 // counted by the reader, from 0 in each object
	Offset, Length int64 // bytes in the decompressed stream
	State          agenttrail.State
	Context        int // number of contexts/<n>; -1 = none
	Salt           [16]byte
}

const recordsHeader = "object,offset,length,state,context,salt\n"

func appendRecordLine(b []byte, l *recordLine) []byte {
	b = append(strconv.AppendInt(b, int64(l.Object), 10), ',')
	b = append(strconv.AppendInt(b, l.Offset, 10), ',')
	b = append(strconv.AppendInt(b, l.Length, 10), ',')
	b = append(append(b, l.State.String()...), ',')
	if l.Context >= 0 {
		b = strconv.AppendInt(b, int64(l.Context), 10)
	}
	b = append(b, ',')
	return append(hex.AppendEncode(b, l.Salt[:]), '\n')
}

// readRecordLines yields the lines of records.csv. A line is valid until yield returns.
func readRecordLines(r io.Reader, yield func(*recordLine) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	header, err := in.ReadString('\n')
	if err != nil || header != recordsHeader {
		return fmt.Errorf("first line %q, want %q", header, recordsHeader)
	}
	l := recordLine{Object: -1}
	var again []byte
	for n := 2; ; n++ {
		line, err := in.ReadSlice('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err := l.parse(line[:len(line)-1]); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if again = appendRecordLine(again[:0], &l); !bytes.Equal(again, line) {
			return fmt.Errorf("line %d is not as it is written", n)
		}
		if err := yield(&l); err != nil {
			return err
		}
	}
}

// parse reads one line; l holds the line before it, from which the ordinal counts on.
func (l *recordLine) parse(line []byte) error {
	var part [6][]byte
	for i := range part {
		var more bool
		part[i], line, more = bytes.Cut(line, []byte{','})
		if more != (i < len(part)-1) {
			return errors.New("want six columns")
		}
	}
	object, err1 := strconv.Atoi(string(part[0]))
	offset, err2 := strconv.ParseInt(string(part[1]), 10, 63)
	length, err3 := strconv.ParseInt(string(part[2]), 10, 63)
	state, ok := agenttrail.ParseState(string(part[3]))
	context, err4 := -1, error(nil)
	if len(part[4]) > 0 {
		context, err4 = strconv.Atoi(string(part[4]))
	}
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	if !ok || object < l.Object || offset < 0 || length < 0 || len(part[5]) != 2*len(l.Salt) {
		return errors.New("no such state, an object out of order, a negative number, or a salt that is not 32 hex digits")
	}
	if _, err := hex.Decode(l.Salt[:], part[5]); err != nil {
		return err
	}
	l.Ordinal++
	if object != l.Object {
		l.Ordinal = 0
	}
	l.Object, l.Offset, l.Length, l.State, l.Context = object, offset, length, state, context
	return nil
}
