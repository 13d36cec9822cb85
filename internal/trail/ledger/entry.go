package ledger

import (
	"time"

	"agenttrail"
)

// The format of an entry: what its JSON has, in byte order of the names, and where that stands in an agenttrail.Entry. Writing and reading
// go through the same lists, so they cannot differ. docs/format.md freezes them: a name that was ever written keeps its meaning.

// A member is a name and the place of its value: *string, *word, *int64, *time.Time, *windowStart, *windowEnd, *[]string,
// *map[string]int64, literal, []member for an object, rows for an array of objects.
type member struct {
	name  string
	value any
}

type (
	literal string // always this text
	word    string // a text that many entries share
)

// rows is an array of objects.
type rows interface {
	len() int
	at(i int) []member // grows the array by one where i is its length
}

type list[T any] struct {
	of      *[]T
	members func(*T) []member
}

func (l list[T]) len() int { return len(*l.of) }

func (l list[T]) at(i int) []member {
	if i == len(*l.of) {
		*l.of = append(*l.of, *new(T))
	}
	return l.members(&(*l.of)[i])
}

// version is the v of every entry.
const version = "1"

// reserved types are part of format 1 and not written by this version.
var reserved = []string{"review", "revision", "key", "compact"}

// blank returns an entry of a type with nothing in it; ok is false for a type that we do not know.
func blank(typ string) (e agenttrail.Entry, ok bool) {
	switch typ {
	case agenttrail.TypeGenesis:
		e.Genesis = new(agenttrail.Genesis)
	case agenttrail.TypePolicy:
		e.Policy = new(agenttrail.Policy)
	case agenttrail.TypeBatch:
		e.Batch = new(agenttrail.Batch)
	case agenttrail.TypeWindow:
		e.Window = new(agenttrail.WindowState)
	case agenttrail.TypeReport:
		e.Report = new(agenttrail.Report)
	case agenttrail.TypeFinding:
		e.Finding = new(agenttrail.Finding)
	}
	return e, e.Type() != ""
}

// empty clears an entry and keeps its type and its places.
func empty(e *agenttrail.Entry) {
	e.Time = time.Time{}
	switch {
	case e.Genesis != nil:
		*e.Genesis = agenttrail.Genesis{}
	case e.Policy != nil:
		*e.Policy = agenttrail.Policy{}
	case e.Batch != nil:
		*e.Batch = agenttrail.Batch{}
	case e.Window != nil:
		*e.Window = agenttrail.WindowState{}
	case e.Report != nil:
		*e.Report = agenttrail.Report{}
	case e.Finding != nil:
		*e.Finding = agenttrail.Finding{}
	}
}

// copyOf returns an entry in places of its own. Lists and maps are shared.
func copyOf(e agenttrail.Entry) agenttrail.Entry {
	return agenttrail.Entry{
		Time:    e.Time,
		Genesis: copyAt(e.Genesis),
		Policy:  copyAt(e.Policy),
		Batch:   copyAt(e.Batch),
		Window:  copyAt(e.Window),
		Report:  copyAt(e.Report),
		Finding: copyAt(e.Finding),
	}
}

func copyAt[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func members(e *agenttrail.Entry) []member {
	switch {
	case e.Genesis != nil:
		return genesisMembers(e, e.Genesis)
	case e.Policy != nil:
		return policyMembers(e, e.Policy)
	case e.Batch != nil:
		return batchMembers(e, e.Batch)
	case e.Window != nil:
		return windowMembers(e, e.Window)
	case e.Report != nil:
		return reportMembers(e, e.Report)
	case e.Finding != nil:
		return findingMembers(e, e.Finding)
	}
	panic("BUG: entry without a type")
}

func genesisMembers(e *agenttrail.Entry, g *agenttrail.Genesis) []member {
	return []member{
		{"key", &g.Key},
		{"origin", &g.Origin},
		{"tenant", &g.Tenant},
		{"time", &e.Time},
		{"tool", &g.Tool},
		{"type", literal(agenttrail.TypeGenesis)},
		{"v", literal(version)},
	}
}

func policyMembers(e *agenttrail.Entry, p *agenttrail.Policy) []member {
	return []member{
		{"kind", (*word)(&p.Kind)},
		{"name", (*word)(&p.Name)},
		{"sha256", &p.SHA256},
		{"size", &p.Size},
		{"time", &e.Time},
		{"type", literal(agenttrail.TypePolicy)},
		{"v", literal(version)},
	}
}

// batchMembers leaves out what the batch was told and the entry does not keep: Fields, which the tables' own columns say, Since, and Late, which the
// rows say.
func batchMembers(e *agenttrail.Entry, b *agenttrail.Batch) []member {
	return []member{
		{"batch", &b.Name},
		{"counts", countMembers(&b.Counts)},
		{"dataset", (*word)(&b.Dataset)},
		{"ended", &b.Ended},
		{"evidence", evidenceMembers(&b.Evidence)},
		{"mapping", (*word)(&b.Mapping)},
		{"mapping_version", (*word)(&b.MappingVersion)},
		{"objects", objectsMembers(&b.Objects)},
		{"run", (*word)(&b.Run)},
		{"searched", &b.Searched},
		{"source", (*word)(&b.Source)},
		{"started", &b.Started},
		{"tables", list[agenttrail.TableFile]{&b.Tables, tableMembers}},
		{"tenant", (*word)(&b.Tenant)},
		{"time", &e.Time},
		{"tool", (*word)(&b.Tool)},
		{"trigger", (*word)(&b.Trigger)},
		{"type", literal(agenttrail.TypeBatch)},
		{"v", literal(version)},
		{"window", (*windowStart)(&b.Window.From)},
		{"window_to", (*windowEnd)(&b.Window.To)},
	}
}

func countMembers(c *agenttrail.Counts) []member {
	return []member{
		{"accepted", &c.Accepted},
		{"action_duplicates", &c.ActionDuplicates},
		{"actions", &c.Actions},
		{"conflict", &c.Conflict},
		{"duplicate", &c.Duplicate},
		{"erased", &c.Erased},
		{"grants", &c.Grants},
		{"read", &c.Read},
		{"rejected", &c.Rejected},
		{"rejects", &c.Rejects},
		{"rows", &c.Rows},
		{"skipped", &c.Skipped},
		{"skips", &c.Skips},
	}
}

func evidenceMembers(e *agenttrail.Evidence) []member {
	return []member{
		{"path", &e.Path},
		{"records", &e.Records},
		{"root", &e.Root},
		{"sha256", &e.SHA256},
		{"size", &e.Size},
	}
}

func objectsMembers(o *agenttrail.ObjectsFile) []member {
	return []member{
		{"bytes", &o.Bytes},
		{"count", &o.Count},
		{"first", &o.First},
		{"last", &o.Last},
		{"path", &o.Path},
		{"refused", &o.Refused},
		{"sha256", &o.SHA256},
		{"size", &o.Size},
	}
}

func tableMembers(t *agenttrail.TableFile) []member {
	return []member{
		{"first", &t.First},
		{"last", &t.Last},
		{"name", (*word)(&t.Name)},
		{"path", &t.Path},
		{"root", &t.Root},
		{"rows", &t.Rows},
		{"sha256", &t.SHA256},
		{"size", &t.Size},
		{"suspect", &t.Suspect},
	}
}

func windowMembers(e *agenttrail.Entry, w *agenttrail.WindowState) []member {
	return []member{
		{"added", &w.Added},
		{"batches", &w.Batches},
		{"bytes", &w.Bytes},
		{"excluded", &w.Excluded},
		{"failed", &w.Failed},
		{"failed_more", &w.FailedMore},
		{"gone", &w.Gone},
		{"gone_more", &w.GoneMore},
		{"known", &w.Known},
		{"listing", &w.Listing},
		{"objects", &w.Objects},
		{"previous", &w.Previous},
		{"refused", &w.Refused},
		{"replaced", &w.Replaced},
		{"reports", &w.Reports},
		{"reports_more", &w.ReportsMore},
		{"reread", &w.Reread},
		{"result", (*word)(&w.Result)},
		{"run", (*word)(&w.Run)},
		{"source", (*word)(&w.Source)},
		{"state", (*word)(&w.State)},
		{"time", &e.Time},
		{"trigger", (*word)(&w.Trigger)},
		{"type", literal(agenttrail.TypeWindow)},
		{"v", literal(version)},
		{"window", (*windowStart)(&w.From)},
		{"window_to", (*windowEnd)(&w.To)},
	}
}

func reportMembers(e *agenttrail.Entry, r *agenttrail.Report) []member {
	return []member{
		{"before", &r.Before},
		{"build", (*word)(&r.Build)},
		{"files", list[agenttrail.File]{&r.Files, fileMembers}},
		{"from", &r.From},
		{"id", &r.ID},
		{"kind", (*word)(&r.Kind)},
		{"params", &r.Params},
		{"revision", &r.Revision},
		{"time", &e.Time},
		{"to", &r.To},
		{"type", literal(agenttrail.TypeReport)},
		{"v", literal(version)},
	}
}

func findingMembers(e *agenttrail.Entry, f *agenttrail.Finding) []member {
	return []member{
		{"as", (*word)(&f.As)},
		{"finding", &f.ID},
		{"rule", (*word)(&f.Rule)},
		{"statement", fileMembers(&f.Statement)},
		{"time", &e.Time},
		{"type", literal(agenttrail.TypeFinding)},
		{"until", &f.Until},
		{"v", literal(version)},
	}
}

func fileMembers(f *agenttrail.File) []member {
	return []member{
		{"path", &f.Path},
		{"sha256", &f.SHA256},
		{"size", &f.Size},
	}
}
