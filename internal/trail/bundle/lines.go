package bundle

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"

	"agenttrail/internal/strictjson"
	"agenttrail/internal/trail"
)

// eachLine yields the documents of a JSON lines file: every line ends, none is empty, none can be read in two ways.
func eachLine(data []byte, yield func(line []byte, v strictjson.Value) error) error {
	var parser strictjson.Parser
	for n := 1; len(data) > 0; n++ {
		line, rest, ended := bytes.Cut(data, []byte{'\n'})
		if !ended {
			return fmt.Errorf("line %d: the file ends in the middle", n)
		}
		v, err := parser.Parse(line)
		if err == nil && parser.Ambiguous() {
			err = errors.New("it can be read in two ways")
		}
		if err == nil {
			err = yield(line, v)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		data = rest
	}
	return nil
}

// parseProof reads a line of proofs.jsonl. A line that AppendProof would not write is an error.
func parseProof(line []byte, v strictjson.Value) (*trail.RowProof, error) {
	p := &trail.RowProof{Action: v.Get("action").Raw()}
	var ok, placed bool
	p.Receipt, ok = v.Get("entry").Int64()
	p.Row, placed = v.Get("row").Int64()
	path, err := parsePath(v.Get("path"))
	p.Path = path
	if err == nil {
		err = parseHex(p.Salt[:], v.Get("salt").Str())
	}
	if err == nil && (!ok || !placed || !bytes.Equal(bytes.TrimSuffix(AppendProof(nil, p), []byte{'\n'}), line)) {
		err = errors.New("it is not as it is written")
	}
	return p, err
}

// parseAction reads a line of a file with all actions of a receipt.
func parseAction(line []byte, v strictjson.Value) (p trail.RowProof, err error) {
	p.Action = v.Get("action").Raw()
	if err = parseHex(p.Salt[:], v.Get("salt").Str()); err == nil && !bytes.Equal(bytes.TrimSuffix(AppendAction(nil, &p), []byte{'\n'}), line) {
		err = errors.New("it is not as it is written")
	}
	return p, err
}

func parsePath(v strictjson.Value) (path [][32]byte, err error) {
	v.Each(func(h strictjson.Value) bool {
		var hash [32]byte
		err = parseHex(hash[:], h.Str())
		path = append(path, hash)
		return err == nil
	})
	return path, err
}

func parseHex(to []byte, text string) error {
	if len(text) != hex.EncodedLen(len(to)) {
		return fmt.Errorf("%q: want %d hex digits", text, hex.EncodedLen(len(to)))
	}
	_, err := hex.Decode(to, []byte(text))
	return err
}
