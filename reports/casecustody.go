package reports

import (
	"fmt"
	"strings"

	"agenttrail"
)

// caseLimits are the limits of any case file.
var caseLimits = []string{
	"What the model considered and did not write down. A stated reason is what the record says, not the true cause.",
	"What a message contained, unless the log names it. That a record was read and a message followed is no proof that the one stood in the other.",
	"Whether the recipient opened, kept or passed on what came.",
	"What was done in systems that no source covers, or that logged nothing.",
	"That a vendor's record is true: the proof shows that it is unchanged since it was read.",
	"Whether a law was broken. This file is evidence, and no finding of law.",
}

// limits are those of this case.
func (c *caseFile) limits() (list []string) {
	var reasons, versions int
	for _, a := range c.consequential() {
		if a.Intent.Reason == "" {
			reasons++
		}
		if a.GenAI.AgentVersion == "" {
			versions++
		}
	}
	n := len(c.consequential())
	if reasons > 0 {
		list = append(list, fmt.Sprintf("Of %d acts that weigh, %d state no reason.", n, reasons))
	}
	if versions > 0 {
		list = append(list, fmt.Sprintf("Of %d acts that weigh, %d do not say which version of the agent acted.", n, versions))
	}
	weak := 0
	for _, l := range c.links {
		if !l.Exact && c.byID[l.To] != nil {
			weak++
		}
	}
	if weak > 0 {
		list = append(list, fmt.Sprintf("%s between records rest on person or agent, and time: they may be chance.", counting(int64(weak), "link", "links")))
	}
	return list
}

// custodyBlocks say where each record stands and how it is proved.
func (c *caseFile) custodyBlocks() []Block {
	var rows [][]Cell
	for _, a := range c.shown() {
		rows = append(rows, []Cell{number(int64(a.n)), {Text: a.ID, Tone: ToneMono}, {Text: fmt.Sprintf("record %s of %s", place(a.Evidence.Index), a.Evidence.URI)}, {Text: a.Event.Hash, Tone: ToneMono},
			{Text: a.about.ObjectSHA256, Tone: ToneMono}, {Text: digits(a.about.Receipt.N)}})
	}
	return []Block{
		paragraph("Each act stands in a record of an object that was kept as it was delivered. The record's hash is over its exact bytes; the entry of the ledger commits to all records of its batch. agenttrail show ID prints an act with its judgements, and with --raw the record itself."),
		{Table: cutAt(mostShown, &Table{Caption: "Records that this file rests on", Empty: "None.", Columns: []Column{{Title: "Act", Weight: 7, Right: true}, {Title: "Id", Weight: 26, Mono: true}, {Title: "Where", Weight: 40}, {Title: "SHA-256 of the record", Weight: 28, Mono: true}, {Title: "SHA-256 of the object", Weight: 28, Mono: true}, {Title: "Entry", Weight: 9, Right: true}}}, rows, "timeline.csv")},
		{Facts: [][2]string{{"Ledger", c.in.Cite.Origin}, {"Size", thousands(c.in.Cite.Size)}, {"Root", hexRoot(c.in.Cite)}, {"Verifier key", or(c.in.Cite.Key)}, {"Register, SHA-256", or(c.in.Register)}, {"Config, SHA-256", or(c.in.Config)}, {"Generator", or(c.in.Build) + development(c.in.Build)}}},
		{Verbatim: c.verifyCommand()},
	}
}

func (c *caseFile) verifyCommand() string {
	if c.in.Verify != "" {
		return c.in.Verify
	}
	return "agenttrail verify --trail FOLDER --key " + or(c.in.Cite.Key)
}

// signOff is where a person takes responsibility. It is empty when the file is made.
func (c *caseFile) signOff() Section {
	return Section{Title: "Sign-off", Blocks: []Block{{Table: &Table{Caption: "Not signed at issue", Columns: []Column{{Title: "Role", Weight: 30}, {Title: "Name", Weight: 40}, {Title: "Date", Weight: 24}, {Title: "Signature", Weight: 40}},
		Rows: [][]Cell{plain("Prepared by", "", "", ""), plain("Reviewed by", "", "", ""), plain("Handed over to", "", "", "")}}}}}
}

// caseFiles are the attachments of a full copy.
func (c *caseFile) caseFiles() []File {
	return []File{c.timelineFile(), c.actsFile(), c.pairsFile(), c.linksFile(), c.searchFile(), c.clocksFile()}
}

func (c *caseFile) timelineFile() File {
	s := newSheet("act", "id", "time", "lane", "who", "verb", "system", "type", "resource", "outcome", "whose_data", "to", "for", "stated_reason", "authority", "session", "object", "record", "offset", "length", "record_sha256", "object_sha256", "entry")
	for _, a := range c.acts {
		s.row(digits(int64(a.n)), a.ID, instant(a.Time), c.lane(a), a.agentName(), a.Verb, a.Resource.System, a.Resource.Type, a.Resource.ID, a.Outcome, strings.Join(a.Subjects, " "), strings.Join(a.EmailTo, " "), a.OnBehalfOf.ID, a.Intent.Reason, a.leave(), a.Session,
			a.Evidence.URI, place(a.Evidence.Index), place(a.Evidence.Offset), place(a.Evidence.Length), a.Event.Hash, a.about.ObjectSHA256, place(a.about.Receipt))
	}
	return s.file("timeline.csv", "Every act of the case, with the place and hash of its record")
}

func (c *caseFile) actsFile() File {
	s := newSheet("act", "time", "what", "value")
	for _, a := range c.consequential() {
		for _, line := range c.decision(a) {
			s.row(digits(int64(a.n)), instant(a.Time), line[0], line[1])
		}
		for _, r := range a.controls() {
			s.row(digits(int64(a.n)), instant(a.Time), "control: "+r[0].Text, r[1].Text+"; "+r[2].Text+"; "+r[3].Text)
		}
	}
	return s.file("acts.csv", "How each act that weighs was decided, and the controls at its time")
}

func (c *caseFile) pairsFile() File {
	s := newSheet("read", "read_id", "read_at", "whose", "sent", "sent_id", "sent_at", "to", "named_in_message")
	for _, p := range c.pairs {
		s.row(digits(int64(c.number(p.Read.ID))), p.Read.ID, instant(p.Read.Time), strings.Join(p.Owners, " "), digits(int64(c.number(p.Sent.ID))), p.Sent.ID, instant(p.Sent.Time), strings.Join(p.Recipients, " "), said(agenttrail.Said(p.Named)))
	}
	return s.file("pairs.csv", "Wrong-recipient pairs of this case")
}

func (c *caseFile) linksFile() File {
	s := newSheet("from", "to", "rule", "words", "strength")
	for _, l := range c.links {
		if c.byID[l.From] != nil && c.byID[l.To] != nil {
			s.row(digits(int64(c.number(l.From))), digits(int64(c.number(l.To))), l.Rule, l.Words, l.Strength())
		}
	}
	return s.file("links.csv", "Which act led to which, and by which rule that is known")
}

func (c *caseFile) searchFile() File {
	s := newSheet("identifier", "known_by", "field", "actions")
	for _, t := range c.tried {
		for _, f := range subjectFields {
			s.row(t.text, t.known, f.field, digits(t.hits[f.field]))
		}
	}
	return s.file("search.csv", "Each identifier in each field: how often it was found, also where never")
}

func (c *caseFile) clocksFile() File {
	s := newSheet("law", "duty", "applies_to", "term", "from", "started", "ends")
	for _, k := range clocks {
		start, due := k.starts(c.q), ""
		if !start.IsZero() {
			due = instant(k.due(start))
		}
		s.row(k.law, k.duty, k.applies, k.term(), k.from, instant(start), due)
	}
	return s.file("clocks.csv", "Each term of each law: when it started and when it ends")
}
