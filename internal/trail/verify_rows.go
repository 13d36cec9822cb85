package trail

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// A rowCheck verifies the rows of a table beside the records that they came from. It reads the file as it describes itself: no field table is needed.
type rowCheck struct {
	pull   *puller[row]
	parser strictjson.Parser
	tree   roots
	first  time.Time
	last   time.Time
	doubt  int64 // rows flagged time_suspect
	leaf   []byte
	when   string // the column of the rows' time
	key    func(id string) uint64
	ids    []uint64 // keys of the ids; grants have none
}

// A row is one canonical row, valid until the next is asked for.
type row struct {
	canonical []byte
	parsed    strictjson.Value
}

// newRowCheck checks the rows of a table of actions, or of grants, which have no ids and so no key.
func newRowCheck(t *tableFile, key func(id string) uint64) *rowCheck {
	c := &rowCheck{key: key, when: "@timestamp"}
	if key == nil {
		c.when = "agenttrail.grant.seen_at"
	}
	c.pull = pull(func(yield func(*row) error) error {
		if t == nil {
			return nil
		}
		return t.CanonicalRows(func(n int64, canonical []byte) error {
			v, err := c.parser.Parse(canonical)
			if err != nil {
				return fmt.Errorf("row %d: %w", n, err)
			}
			return yield(&row{canonical, v})
		})
	})
	return c
}

// of takes the rows of one record, which follow each other, and says how many there are.
func (c *rowCheck) of(uri string, r *recordLine, raw [32]byte) (n int64, err error) {
	for ; ; n++ {
		w, ok, err := c.pull.peek()
		if err != nil {
			return n, fmt.Errorf("table: %w", err)
		}
		if !ok || w.parsed.Get("agenttrail.evidence.uri").Str() != uri || w.number("agenttrail.evidence.index") != r.Ordinal {
			return n, nil
		}
		if err := c.row(w, r, raw); err != nil {
			return n, fmt.Errorf("row %d: %w", c.tree.size, err)
		}
		c.pull.ahead = nil
	}
}

func (w *row) number(name string) int64 {
	n, ok := w.parsed.Get(name).Int64()
	if !ok {
		return -1
	}
	return n
}

// row checks one row: it cites its record as the evidence has it, and its leaf is salted with the record's salt.
func (c *rowCheck) row(w *row, r *recordLine, raw [32]byte) error {
	if w.number("agenttrail.evidence.offset") != r.Offset || w.number("agenttrail.evidence.length") != r.Length {
		return errors.New("it cites another range than its record has")
	}
	if w.parsed.Get("event.hash").Str() != hex.EncodeToString(raw[:]) {
		return errors.New("its event.hash is not the SHA-256 of its record")
	}
	if c.key != nil {
		c.ids = append(c.ids, c.key(w.parsed.Get("agenttrail.id").Str()))
	}
	c.leaf = append(append(c.leaf[:0], 0), r.Salt[:]...)
	c.tree.add(sha256.Sum256(append(c.leaf, w.canonical...)))
	return c.time(w)
}

func (c *rowCheck) time(w *row) error {
	suspect := false
	w.parsed.Get("agenttrail.evidence.flags").Each(func(flag strictjson.Value) bool {
		suspect = suspect || flag.Str() == agenttrail.FlagTimeSuspect
		return true
	})
	if suspect {
		c.doubt++
		return nil
	}
	said := w.parsed.Get(c.when)
	if !said.Exists() && c.key == nil { // an inventory need not say when it was taken
		return nil
	}
	at, err := time.Parse(agenttrail.TimeLayout, said.Str())
	if err != nil {
		return err
	}
	if c.first.IsZero() || at.Before(c.first) {
		c.first = at
	}
	if at.After(c.last) {
		c.last = at
	}
	return nil
}

// end checks that no row is left over, and what the entry says of the table.
func (c *rowCheck) end(t agenttrail.TableFile) error {
	w, ok, err := c.pull.next()
	if err != nil {
		return err
	}
	if ok {
		return fmt.Errorf("row %d (record %s of %q) finds no record in the evidence, or stands out of order",
			c.tree.size, strconv.FormatInt(w.number("agenttrail.evidence.index"), 10), w.parsed.Get("agenttrail.evidence.uri").Str())
	}
	rows := c.tree.size
	if root := c.tree.root(); rows != t.Rows || root != t.Root {
		return fmt.Errorf("%d rows with the root %s, the entry says %d with %s", rows, root, t.Rows, t.Root)
	}
	if !c.first.Equal(t.First) || !c.last.Equal(t.Last) || c.doubt != t.Suspect {
		return fmt.Errorf("times from %v to %v and %d suspect ones, the entry says %v to %v and %d", c.first, c.last, c.doubt, t.First, t.Last, t.Suspect)
	}
	return nil
}
