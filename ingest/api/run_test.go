package api

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agenttrail"
	"agenttrail/ingest"
)

// A memory is a trail that keeps ids: each once, whatever comes twice, and no page that holds nothing new.
type memory struct {
	mu      sync.Mutex
	known   map[string]bool
	ids     map[string]bool
	windows []agenttrail.WindowState
	kept    []string // URIs of objects, as committed
}

func newMemory() *memory { return &memory{known: map[string]bool{}, ids: map[string]bool{}} }

func (m *memory) Known(context.Context, string, time.Time) (func(agenttrail.Object) bool, error) {
	return func(o agenttrail.Object) bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.known[o.URI+" "+o.Version]
	}, nil
}

func (m *memory) Prepare(_ context.Context, _ agenttrail.BatchInfo, objs []agenttrail.Staged) (func(context.Context) (agenttrail.Receipt, error), error) {
	bodies := make([][]byte, len(objs))
	for i := range objs {
		r, err := objs[i].Open()
		if err != nil {
			return nil, err
		}
		if bodies[i], err = io.ReadAll(r); err != nil {
			return nil, err
		}
		r.Close()
	}
	return func(context.Context) (r agenttrail.Receipt, err error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		r.Index = -1
		for i, o := range objs {
			fresh := o.Role != agenttrail.RoleLog || o.Body == nil
			if o.Role == agenttrail.RoleLog {
				for _, id := range found(bodies[i]) {
					fresh = fresh || !m.ids[id]
					m.ids[id] = true
				}
			}
			if !fresh {
				r.Reread = append(r.Reread, o.URI)
				continue
			}
			r.Index = 1
			m.known[o.URI+" "+o.Version] = true
			m.kept = append(m.kept, o.URI)
		}
		return r, nil
	}, nil
}

func (m *memory) Append(_ context.Context, e agenttrail.Entry) (agenttrail.Cite, error) {
	m.windows = append(m.windows, *e.Window)
	return agenttrail.Cite{}, nil
}

func (m *memory) said(w agenttrail.Window) (agenttrail.WindowState, bool) {
	for i, s := range slices.Backward(m.windows) {
		if s.Key() == w.Key() {
			s.Number = int64(i + 1)
			return s, true
		}
	}
	return agenttrail.WindowState{}, false
}

func (m *memory) all() (ids []string) {
	for id := range m.ids {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// job is a run of both days.
func (m *memory) job(s *Source, windows ...agenttrail.Window) ingest.Job {
	return ingest.Job{
		Source: s, Trail: m, Name: "x", Dataset: s.vendor.Name, Tenant: "acme", Run: "r", Trigger: "test", Windows: windows, Now: func() time.Time { return testNow }, Workers: 1,
		Read:    func(*agenttrail.Object, io.Reader, func(*agenttrail.Record) error) error { return nil },
		Refusal: func(error) (string, string, bool) { return "", "", false }, Said: m.said, MaxObjects: 1,
		Delivered: func(_ context.Context, _ agenttrail.Window, yield func(string)) error {
			for _, uri := range m.kept {
				if !strings.HasPrefix(uri, "listing:") {
					yield(uri)
				}
			}
			return nil
		},
	}
}

// A run that is killed after any page, and the next one, hold what one run would: every id, and both windows closed.
func TestKilledAfterAnyPage(t *testing.T) {
	eachVendor(t, func(t *testing.T, m *mock) {
		if m.vendor == &anthropicSession { // each event is a walk of its own
			m.events = append(m.events[2:5:5], m.events[12:14]...)
		}
		killed := errors.New("killed")
		for at := int64(1); ; at++ {
			trail, fetched := newMemory(), atomic.Int64{}
			job := trail.job(m.open(t, &pauser{now: testNow}), days("x")...)
			job.Stop = func(step string) error {
				if step == "after get" && fetched.Add(1) == at {
					return killed
				}
				return nil
			}
			_, err := ingest.Run(t.Context(), job)
			if err != nil && !errors.Is(err, killed) {
				t.Fatalf("Run, to be killed at page %d: %v", at, err)
			}
			done := err == nil
			job = trail.job(m.open(t, &pauser{now: testNow}), days("x")...)
			if _, err := ingest.Run(t.Context(), job); err != nil {
				t.Fatalf("Run after a kill at page %d: %v", at, err)
			}
			if diff := cmp.Diff(m.all(), trail.all()); diff != "" {
				t.Fatalf("after a kill at page %d: ids, - want + got\n%s", at, diff)
			}
			for _, w := range days("x") {
				if s, ok := trail.said(w); !ok || s.State != agenttrail.WindowClosed && s.State != agenttrail.WindowAmended {
					t.Errorf("after a kill at page %d window %s is said to be %q, want closed", at, w.Key(), s.State)
				}
			}
			if done {
				if at < 3 {
					t.Errorf("only %d pages were fetched", at)
				}
				return
			}
		}
	})
}

// What appears late is taken by the look-back and amends its window; a look-back over the same pages says nothing; pages that hold nothing new are not
// kept again.
func TestLate(t *testing.T) {
	eachVendor(t, func(t *testing.T, m *mock) {
		trail := newMemory()
		run := func() ingest.Numbers {
			t.Helper()
			result, err := ingest.Run(t.Context(), trail.job(m.open(t, &pauser{now: testNow}), days("x")...))
			if err != nil {
				t.Fatal(err)
			}
			return result.Total
		}
		run()
		words, kept := len(trail.windows), len(trail.kept)
		run()
		if len(trail.windows) != words || len(trail.kept) != kept {
			t.Errorf("a second run over the same pages: %d words and %d objects more, want none", len(trail.windows)-words, len(trail.kept)-kept)
		}
		m.mu.Lock()
		late := event{"e-0-late", m.events[2].part, firstDay.Add(10*time.Hour + time.Minute)}
		m.events = append(m.events, late)
		m.mu.Unlock()
		n := run()
		if diff := cmp.Diff(m.all(), trail.all()); diff != "" {
			t.Errorf("ids after a late event, - want + got\n%s", diff)
		}
		s, _ := trail.said(days("x")[0])
		if s.State != agenttrail.WindowAmended || s.Added == 0 || s.Added > n.Objects-n.Reread {
			t.Errorf("word about the window of a late event: %q, %d added of %d objects and %d read again; want amended", s.State, s.Added, n.Objects, n.Reread)
		}
		words, kept = len(trail.windows), len(trail.kept)
		run()
		if len(trail.windows) != words || len(trail.kept) != kept {
			t.Errorf("a run after the late event was taken: %d words and %d objects more, want none", len(trail.windows)-words, len(trail.kept)-kept)
		}
	})
}
