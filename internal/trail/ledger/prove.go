package ledger

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"agenttrail"
	"agenttrail/internal/trail/merkle"
)

// Open checks a signed note and returns the state of the ledger that it signs. Time is not set: a note does not say it.
func (v *Verifier) Open(signed []byte) (agenttrail.Cite, error) {
	c, err := v.open(signed)
	if err != nil {
		return agenttrail.Cite{}, err
	}
	return agenttrail.Cite{Origin: c.origin, Size: c.size, Root: c.root, Note: string(signed), Key: v.key}, nil
}

// CheckEntry reads entry n and checks that a path leads from it to the root of a state of the ledger.
func CheckEntry(data []byte, n int64, path [][32]byte, at agenttrail.Cite) (agenttrail.Entry, error) {
	e, err := DecodeEntry(data)
	if err != nil {
		return e, err
	}
	root, err := merkle.Root(tlog.RecordHash(data), n, at.Size, path)
	if err == nil && root != at.Root {
		err = errors.New("its path does not lead to the root of the note")
	}
	if err != nil {
		return e, fmt.Errorf("entry %d: %w", n, err)
	}
	return e, nil
}
