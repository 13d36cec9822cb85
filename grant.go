package agenttrail

import (
	"slices"
	"time"
)

// Tables of a batch.
const (
	TableActions = "actions"
	TableGrants  = "grants"
)

// A Row is what a table holds: an Action or a Grant.
type Row interface {
	// When is the time of what the row says; suspect: it is not to be believed, and decides nothing.
	When() (t time.Time, suspect bool)

	at(f *Field) any // pointer to where a stored field stands; nil for one that this row does not have
	facts() []*Field // in byte order of their names
}

// A Grant is one permission that an agent's credential held at the time of a snapshot, as an inventory states it: not an action. Nothing is guessed:
// what the inventory did not say is empty.
type Grant struct {
	Dataset     string
	Flags       []string  // what the record itself shows: FlagAmbiguous
	Agent       string    // as the inventory names it; the register resolves it on read
	Credential  GrantedTo // that holds the permission
	System      string
	Permission  string   // verbatim
	DataClasses []string // that it reaches, in the words of the inventory
	GrantedBy   string
	GrantedAt   time.Time
	Why, Ticket string
	ExpiresAt   time.Time
	Source      string    // which inventory said so
	SeenAt      time.Time // of the snapshot, as the inventory states it

	Created  time.Time // provenance: when the record was first read
	Hash     string    // provenance: SHA-256 of the record's bytes, hex
	Evidence Origin    // provenance
}

// GrantedTo is a credential: a key id or the hash of a token, never the secret.
type GrantedTo struct{ ID, Type string }

// When is the time of the snapshot. It is never suspect: what an inventory states about itself is all there is.
func (g *Grant) When() (time.Time, bool) { return g.SeenAt, false }

func (g *Grant) at(f *Field) any {
	if f.granted == nil {
		return nil
	}
	return f.granted(g)
}

func (g *Grant) facts() []*Field { return grantFacts }

// grantFields is the schema of the table of grants, a line a field.
var grantFields = [...]Field{
	{Name: "event.dataset", Type: Keyword, Mark: F, Has: Required, Doc: "the format name, or what the mapping file says", granted: func(g *Grant) any { return &g.Dataset }},
	{Name: "agenttrail.flags", Type: Keyword, Mark: F, Has: Many, Doc: "what the record itself shows: ambiguous", granted: func(g *Grant) any { return &g.Flags }},
	{Name: "agenttrail.grant.agent", Type: Keyword, Mark: F, Doc: "agent as the inventory names it; the register resolves it on read", granted: func(g *Grant) any { return &g.Agent }},
	{Name: "agenttrail.grant.credential.id", Type: Keyword, Mark: F, Doc: "key id or hash of the token, never the secret", granted: func(g *Grant) any { return &g.Credential.ID }},
	{Name: "agenttrail.grant.credential.type", Type: Keyword, Mark: F, Doc: "list of agenttrail.credential.type", granted: func(g *Grant) any { return &g.Credential.Type }},
	{Name: "agenttrail.grant.system", Type: Keyword, Mark: F, Doc: "as in agenttrail.resource.system", granted: func(g *Grant) any { return &g.System }},
	{Name: "agenttrail.grant.permission", Type: Keyword, Mark: F, Doc: "the permission verbatim", granted: func(g *Grant) any { return &g.Permission }},
	{Name: "agenttrail.grant.data_classes", Type: Keyword, Mark: F, Has: Many, Doc: "data that it reaches, in the words of the inventory", granted: func(g *Grant) any { return &g.DataClasses }},
	{Name: "agenttrail.grant.granted_by", Type: Keyword, Mark: F, Doc: "who gave it", granted: func(g *Grant) any { return &g.GrantedBy }},
	{Name: "agenttrail.grant.granted_at", Type: Date, Mark: F, Doc: "when it was given", granted: func(g *Grant) any { return &g.GrantedAt }},
	{Name: "agenttrail.grant.why", Type: Keyword, Mark: F, Doc: "justification as stated", granted: func(g *Grant) any { return &g.Why }},
	{Name: "agenttrail.grant.ticket", Type: Keyword, Mark: F, Doc: "ticket as stated", granted: func(g *Grant) any { return &g.Ticket }},
	{Name: "agenttrail.grant.expires_at", Type: Date, Mark: F, Doc: "until when it is held", granted: func(g *Grant) any { return &g.ExpiresAt }},
	{Name: "agenttrail.grant.source", Type: Keyword, Mark: F, Doc: "which inventory said so", granted: func(g *Grant) any { return &g.Source }},
	{Name: "agenttrail.grant.seen_at", Type: Date, Mark: F, Doc: "time of the snapshot, as the inventory states it", granted: func(g *Grant) any { return &g.SeenAt }},
	{Name: "event.created", Type: Date, Mark: P, Has: Required, Doc: "when the raw record was first read", granted: func(g *Grant) any { return &g.Created }},
	{Name: "event.hash", Type: Keyword, Mark: P, Has: Required | HashOnly, Doc: "SHA-256 of the exact raw record bytes, hex", granted: func(g *Grant) any { return &g.Hash }},
	{Name: "agenttrail.evidence.uri", Type: Keyword, Mark: P, Has: Required | LongURI, Doc: "the object: s3://bucket/key, request URL, file", granted: func(g *Grant) any { return &g.Evidence.URI }},
	{Name: "agenttrail.evidence.offset", Type: Long, Mark: P, Has: Required, Doc: "of the record in the decompressed stream, bytes", granted: func(g *Grant) any { return &g.Evidence.Offset }},
	{Name: "agenttrail.evidence.length", Type: Long, Mark: P, Has: Required, Doc: "bytes", granted: func(g *Grant) any { return &g.Evidence.Length }},
	{Name: "agenttrail.evidence.index", Type: Long, Mark: P, Has: Required, Doc: "ordinal of the record in its object, from 0", granted: func(g *Grant) any { return &g.Evidence.Index }},
}

// GrantFields lists the schema of the table of grants in the order of its documentation.
func GrantFields() []Field { return grantFields[:] }

// LookupGrant finds a field of the table of grants by its name.
func LookupGrant(name string) (*Field, bool) {
	for i := range grantFields {
		if grantFields[i].Name == name {
			return &grantFields[i], true
		}
	}
	return nil, false
}

// GrantColumns are the columns of the table of grants, in byte order of their names, for a format that sets these facts: none for one that reads no grants.
func GrantColumns(facts []string) (columns []*Field) {
	reads := false
	for _, f := range grantColumns {
		said := slices.Contains(facts, f.Name)
		if f.Mark == P || f.Is(Required) || said {
			columns = append(columns, f)
		}
		if _, shared := Lookup(f.Name); said && !shared {
			reads = true
		}
	}
	if !reads {
		return nil
	}
	return columns
}

var (
	grantColumns = sorted(grantFields[:], func(*Field) bool { return true })
	grantFacts   = sorted(grantFields[:], func(f *Field) bool { return f.Fact() })
)
