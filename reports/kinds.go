package reports

// Names of the kinds of report, as the command line and the ledger write them.
const (
	KindAudit     = "audit"
	KindCoverage  = "coverage"
	KindFramework = "framework"
	KindCase      = "case"
	KindAccess    = "access-review"
)

// KindID is a kind with what it is about beyond its period: "framework-soc2". The ledger tells reports apart by it.
func KindID(kind, topic string) string {
	if topic == "" {
		return kind
	}
	return kind + "-" + topic
}

// content is what one kind puts into the layout that all share.
type content struct {
	title, about string
	facts        [][2]string // lines of page one above the shared ones
	front        []Block     // between the five practices and the proof
	sections     []Section   // between the attachments and the question whether it adds up
	files        []File      // of its own, before those that all share
}

// document lays a report out: page one, attachments, the kind's own sections, reconciliation, method with the limits and the definitions.
func (a *account) document(c content) *Document {
	adds := a.reconcileSection()
	a.files = append(c.files, a.sharedFiles()...)
	a.files = append(a.files, figuresFile(append(c.sections, adds)))
	a.files = append(a.files, manifest(a.files))
	return &Document{
		ID: a.id(), Kind: a.kindID(), Title: c.title, Subtitle: c.about, Owner: a.in.Owner, Status: a.status(), Lang: Language, Marking: wordMarking,
		AsOf: a.in.Cite, Files: a.files, Summary: a.summary(), Front: a.front(c), Cited: a.cited(),
		Sections: append(append([]Section{a.attachmentsSection()}, c.sections...), adds, a.methodSection(), signOff()),
	}
}

// kindID names the kind with its topic and part, as the ledger does.
func (a *account) kindID() string { return PartID(KindID(a.kind, a.in.Topic), a.in.Filters) }

func (a *account) id() string {
	return "R-" + a.in.Period.fileName() + "-" + a.kindID()
}
