package factstest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"agenttrail"
)

// A Batch is what is committed at once.
type Batch struct {
	Info    agenttrail.BatchInfo
	Objects []agenttrail.Staged
}

// World makes batches whose actions hold what is seldom seen: nothing, too much, every script, the same microsecond, times that cannot be, and events
// that came twice with other facts. The same seed makes the same world.
func World(seed uint64, batches, actions int) (list []Batch) {
	r := rand.New(rand.NewPCG(seed, 0))
	day := time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC)
	var facts []string
	for _, f := range agenttrail.Fields() {
		if f.Fact() {
			facts = append(facts, f.Name)
		}
	}
	for b := range batches {
		info := agenttrail.BatchInfo{
			Source: "logs", Dataset: []string{"test.log", "other"}[b%2], Tenant: "acme", Window: agenttrail.Window{Source: "logs", From: day, To: day.AddDate(0, 0, 1)}, Run: fmt.Sprint("run-", b),
			Trigger: "test", Tool: "test", Mapping: []string{"test.log", "agenttrail.approvals"}[b%2], MappingVersion: fmt.Sprint(b % 3), Fields: facts, Started: day, Since: day.AddDate(0, 0, -90),
		}
		var made []agenttrail.Action
		for i := range actions {
			made = append(made, someAction(r, info.Dataset, fmt.Sprintf("e%d", b*actions+i), day))
		}
		for i := range made {
			if twin := r.IntN(40); b > 1 && twin == 0 {
				made[i].Native = fmt.Sprintf("e%d", (b-2)*actions+i) // of the same dataset, with other facts
			}
		}
		list = append(list, Batch{info, []agenttrail.Staged{staged(fmt.Sprintf("file:logs/%d.json", b), made)}})
	}
	return list
}

// staged is an object of which each record gives one action.
func staged(uri string, made []agenttrail.Action) agenttrail.Staged {
	var body bytes.Buffer
	for i := range made {
		fmt.Fprintf(&body, "record %d: %s of %s\n", i, made[i].Native, uri)
	}
	data := body.Bytes()
	return agenttrail.Staged{
		Object:  agenttrail.Object{URI: uri, Version: "1", Role: agenttrail.RoleLog, Size: int64(len(data)), Time: time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)},
		SHA256:  sha256.Sum256(data),
		Length:  int64(len(data)),
		Fetched: time.Date(2026, 11, 3, 0, 30, 0, 123456000, time.UTC),
		Open:    func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
		Records: func(yield func(*agenttrail.Record) error) error {
			offset := int64(0)
			for i := range made {
				raw := bytes.SplitAfterN(data[offset:], []byte("\n"), 2)[0]
				rec := &agenttrail.Record{Ordinal: int64(i), Offset: offset, Length: int64(len(raw)), Raw: raw, Actions: []agenttrail.Action{made[i].Clone()}}
				if err := yield(rec); err != nil {
					return err
				}
				offset += int64(len(raw))
			}
			return nil
		},
	}
}

func someAction(r *rand.Rand, dataset, native string, day time.Time) agenttrail.Action {
	var a agenttrail.Action
	for _, f := range agenttrail.Fields() {
		if f.Fact() && f.Stored() && r.IntN(3) > 0 {
			fill(r, f.Pointer(&a))
		}
	}
	a.Native, a.Event.Dataset = native, dataset
	a.Time = someTime(r, day)
	a.Source.IP = pick(r, "", "192.0.2.7", "2001:db8::1", "not an address")
	a.Verb = pick(r, "", agenttrail.VerbRead, agenttrail.VerbApprove, agenttrail.VerbReject, agenttrail.Verbs()[r.IntN(len(agenttrail.Verbs()))].Name)
	a.Outcome = pick(r, "", agenttrail.Success, agenttrail.Failure, agenttrail.Denied, agenttrail.Partial, agenttrail.Pending)
	a.Flags = nil
	if r.IntN(9) == 0 {
		a.Flags = []string{agenttrail.FlagAmbiguous}
	}
	return a
}

// someTime is mostly one of few milliseconds, to a microsecond that differs or not.
func someTime(r *rand.Rand, day time.Time) time.Time {
	switch r.IntN(12) {
	case 0:
		return time.Date(1969, 12, 31, 23, 59, 59, r.IntN(1e6)*1000, time.UTC)
	case 1:
		return day.AddDate(30, 0, r.IntN(3))
	case 2:
		return day.Add(time.Duration(r.Int64N(int64(100 * 24 * time.Hour)))).Truncate(time.Microsecond)
	}
	return day.Add(time.Duration(r.IntN(4))*8*time.Hour + time.Duration(r.IntN(3))*time.Millisecond + time.Duration(r.IntN(3))*499*time.Microsecond)
}

func fill(r *rand.Rand, pointer any) {
	switch p := pointer.(type) {
	case *string:
		*p = someText(r)
	case *[]string:
		for range r.IntN(4) {
			if v := someText(r); v != "" {
				*p = append(*p, v)
			}
		}
	case *time.Time:
		*p = time.Date(1970+r.IntN(200), time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e6)*1000, time.UTC)
	case *agenttrail.Int:
		*p = agenttrail.Num([]int64{0, 7, -7, 1 << 20}[r.IntN(4)])
	case *agenttrail.Bool:
		*p = agenttrail.Said(r.IntN(2) == 0)
	}
}

// someText is of few texts, so that groups have more than one action: around each limit, in and out of the plane where UTF-8 and UTF-16 sort otherwise.
func someText(r *rand.Rand) string {
	if r.IntN(1000) == 0 {
		return strings.Repeat("long ", 9000)
	}
	return pick(r, "", "a", "A", "é", "\uffff", "\U0001f600", "\U0001f600\U0001f600", agenttrail.TooLong, "(", "null", "true", "7", "*", "a\"b\\c\n\t\x00\x1b[2J", "日本語 \u202e", strings.Repeat("é", 1024), strings.Repeat("x", 1025),
		strings.Repeat("\U0001f600", 512), strings.Repeat("\U0001f600", 513))
}

func pick(r *rand.Rand, texts ...string) string { return texts[r.IntN(len(texts))] }
