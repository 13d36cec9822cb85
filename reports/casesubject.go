package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"agenttrail"
)

// subjectCopy is the file for the person whom it is about. It is written from a short list of members that cannot name anybody else: no
// stated reasons, no names of objects, sessions or files, staff by role. What is drawn is then searched for everybody else's identifiers; a find
// is an error, because a copy that names others must not be handed out.
func (c *caseFile) subjectCopy() (*Document, error) {
	if len(c.q.Subjects) == 0 {
		return nil, fmt.Errorf("case file: a subject copy needs the subject, not a session alone")
	}
	d := c.skeleton()
	d.Title, d.Subtitle = "What our AI did with your data", "A copy for the person it is about"
	d.Marking = "Personal and confidential"
	mine := c.mine()
	d.Front = c.front([]Block{
		{Facts: [][2]string{
			{"Copy", "for the person it is about: our staff stand by role, other persons are left out"},
			{"Searched", c.searchedWords()},
			{"As of", longDay(c.in.Cite.Time) + c.in.Cite.Time.UTC().Format(", 15:04:05") + " UTC"},
		}},
		{List: c.subjectAnswer(mine)},
	}, c.subjectCourse())
	d.Files = []File{c.mineFile(mine)}
	d.Files = append(d.Files, manifest(d.Files))
	c.files = d.Files
	d.Sections = []Section{
		{Title: "What was done with your data", Break: true, Blocks: []Block{{Table: c.mineTable(mine)}, paragraph("Reasons that the records state are free text and may name others. They are left out here; ask us for the reason of any line by its number.")}},
		{Title: "How we searched", Blocks: c.searchBlocks(hashed)},
		{Title: "What cannot be known from logs", Blocks: []Block{{List: plain(caseLimits...)}}},
		{Title: "How to check this", Blocks: []Block{paragraph(fmt.Sprintf("Each line rests on a record that was kept as it was delivered. The table gives the entry of our ledger that commits to it, and the attached file the SHA-256 of the record. The ledger had %s when this was made; its root was the one below. An authority can check it with the program agenttrail.", counting(c.in.Cite.Size, "entry", "entries"))), {Verbatim: hexRoot(c.in.Cite)}}},
		{Title: "Who is named", Blocks: []Block{paragraph("You are not named here either: the letter that comes with this copy says whom it is about. Our staff stand by their role. Other persons do not stand in it, nor in the attached files.")}},
		c.attachmentsSection(),
	}
	if who := c.leaked(d); who != "" {
		return nil, fmt.Errorf("case file: the subject copy would hold an identifier of somebody else (%q): nothing was written; look at the register and the names of sources for personal data", who)
	}
	return d, nil
}

// mine are the acts about the person, and no others.
func (c *caseFile) mine() (list []*caseAct) {
	for _, a := range c.acts {
		if a.hit || c.carried(a.ID) != "" {
			list = append(list, a)
		}
	}
	return list
}

// What a wrong-recipient pair means for the person.
const (
	wentAway = "your record was read, and a message then went to another person"
	cameHere = "you received a message after another person's record was read"
)

// carried says what an act was for the person in a wrong-recipient pair; empty: nothing.
func (c *caseFile) carried(id string) string {
	for _, p := range c.pairs {
		if p.Sent.ID != id && p.Read.ID != id {
			continue
		}
		switch {
		case c.isMe(p.Owners):
			return wentAway
		case c.isMe(p.Recipients) && p.Sent.ID == id:
			return cameHere
		}
	}
	return ""
}

func (c *caseFile) isMe(ids []string) bool {
	return c.people.overlap(ids, c.q.Subjects)
}

func (c *caseFile) subjectAnswer(mine []*caseAct) []Cell {
	if len(mine) == 0 {
		return []Cell{{Text: "We found no act on your data under the identifiers that we tried.", Tone: ToneWarn}}
	}
	agents := int64(0)
	for _, a := range mine {
		if a.v.Actor.Type == agenttrail.ActorAgent {
			agents++
		}
	}
	lines := []Cell{{Text: fmt.Sprintf("We found %s on your data, %s of them by AI agents, from %s to %s.", counting(int64(len(mine)), "act", "acts"), thousands(agents), c.moment(mine[0].Time), c.moment(mine[len(mine)-1].Time))}}
	for _, a := range mine {
		if !sends(&a.Action) {
			continue
		}
		switch c.carried(a.ID) {
		case wentAway:
			lines = append(lines, Cell{Tone: ToneBad, Text: fmt.Sprintf("On %s our %s sent a message to another person, after it had read your record in the same conversation. %s", c.moment(a.Time), c.publicAgent(a), c.certainWords(a.ID))})
		case cameHere:
			lines = append(lines, Cell{Tone: ToneBad, Text: fmt.Sprintf("On %s our %s sent you a message, after it had read another person's record in the same conversation. Please delete what is not yours.", c.moment(a.Time), c.publicAgent(a))})
		}
	}
	if len(lines) > 7 {
		lines = append(lines[:7:7], Cell{Text: fmt.Sprintf("%s of this kind stand in the table.", counting(int64(len(lines)-7), "more message", "more messages")), Tone: ToneBad})
	}
	if len(lines) == 1 {
		lines = append(lines, Cell{Text: "We found no message to another person in a conversation in which your record was read.", Tone: ToneGood})
	}
	return append(lines, c.coverageAnswer())
}

// certainWords say whether a message names the person's record.
func (c *caseFile) certainWords(id string) string {
	for _, p := range c.pairs {
		if p.Sent.ID == id && p.Named && c.isMe(p.Owners) {
			return "The message names your record."
		}
	}
	return "Whether it held your data, the log does not tell."
}

// publicAgent is an agent by the name that the register gives it; what logs call it may hold anything.
func (c *caseFile) publicAgent(a *caseAct) string {
	if g := c.registered(a.v.Actor.ID); g != nil && a.v.Actor.Registered == agenttrail.Yes && g.Name != "" {
		return "agent “" + g.Name + "”"
	}
	return "agent that is not in our register"
}

// who is who acted, by role.
func (c *caseFile) who(a *caseAct) string {
	switch {
	case c.lane(a) == laneCustomer:
		return "you"
	case a.v.Actor.Type == agenttrail.ActorAgent:
		return c.publicAgent(a)
	case a.v.Actor.Type == agenttrail.ActorHuman:
		return "a member of our staff"
	case a.v.Actor.Basis == agenttrail.BasisShared:
		return "a member of our staff or an agent"
	}
	return "our software"
}

// purpose is what the register says the agent is for.
func (c *caseFile) purpose(a *caseAct) string {
	if g := c.registered(a.v.Actor.ID); g != nil && a.v.Actor.Registered == agenttrail.Yes {
		return or(g.Purpose)
	}
	return "–"
}

// allowed is the authority of an act without the name of who gave it.
func (a *caseAct) allowed() string {
	switch {
	case a.v.Actor.Type != agenttrail.ActorAgent:
		return "–"
	case a.v.Authorized.Required == agenttrail.Yes && a.v.Authorized.State == agenttrail.StateApproved:
		return "approved by a member of our staff"
	case a.v.Authorized.Required == agenttrail.Yes:
		return "needed an approval and had none that counts"
	case a.v.Scope.In == agenttrail.Yes:
		return "within what the agent may do"
	}
	return "outside what the agent may do"
}

// plainWord is a word of the schema or of the configuration; anything that could hold more is left out.
func plainWord(s string) string {
	if len(s) == 0 || len(s) > 40 || strings.ContainsFunc(s, func(r rune) bool {
		return r != '.' && r != '_' && r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		return ""
	}
	return s
}

func (c *caseFile) mineRow(a *caseAct) []string {
	return []string{c.who(a), strings.TrimSpace(inSystem(a.Verb, plainWord(a.Resource.System)) + spaced(plainWord(a.Resource.Type))), c.purpose(a), a.allowed(), outcomeWords[a.Outcome], c.carried(a.ID)}
}

func (c *caseFile) mineTable(mine []*caseAct) *Table {
	var rows [][]Cell
	for i, a := range mine {
		r := c.mineRow(a)
		note := Cell{Text: or(r[5])}
		if r[5] != "" {
			note.Tone = ToneBad
		}
		rows = append(rows, []Cell{number(int64(i + 1)), {Text: c.moment(a.Time)}, {Text: r[0]}, {Text: r[1]}, {Text: r[2]}, {Text: r[3]}, {Text: r[4]}, note, {Text: digits(a.about.Receipt.N)}})
	}
	return cutAt(mostShown, &Table{Caption: "Every act on your data", Empty: "None was found.", Columns: []Column{
		{Title: "No.", Weight: 8, Right: true}, {Title: "Time", Weight: 20}, {Title: "Who", Weight: 20}, {Title: "What", Weight: 20}, {Title: "What the agent is for", Weight: 36}, {Title: "Allowed?", Weight: 24}, {Title: "Result", Weight: 18}, {Title: "Note", Weight: 26}, {Title: "Entry", Weight: 10, Right: true}}}, rows, "my-data.csv")
}

func (c *caseFile) mineFile(mine []*caseAct) File {
	s := newSheet("number", "time", "who", "what", "purpose", "allowed", "result", "note", "record_sha256", "entry")
	for i, a := range mine {
		r := c.mineRow(a)
		s.row(digits(int64(i+1)), instant(a.Time), r[0], r[1], r[2], r[3], r[4], r[5], a.Event.Hash, place(a.about.Receipt))
	}
	return s.file("my-data.csv", "Every act on your data, with the hash of its record")
}

func (c *caseFile) subjectCourse() *Table {
	t := &Table{Caption: "Course", Columns: []Column{{Title: "What", Weight: 50}, {Title: "When", Weight: 50}}}
	for _, r := range []struct {
		what string
		at   string
	}{{"We noticed", c.firstDetected()}, {"We were sure", c.moment(c.q.Aware)}, {"It was stopped", c.moment(c.q.Contained)}} {
		t.Rows = append(t.Rows, plain(r.what, strings.Replace(r.at, "–", "not stated", 1)))
	}
	return t
}

func (c *caseFile) firstDetected() string {
	if len(c.q.Detected) == 0 {
		return "–"
	}
	return c.moment(slices.MinFunc(c.q.Detected, timeCompare))
}

// hashed is an identifier as the subject copy holds it: whoever knows it can compare, nobody else learns it.
func hashed(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "SHA-256 " + hex.EncodeToString(sum[:])[:16] + "…"
}

// leaked searches the copy for the identifiers of everybody else that the case knows, and names the first that it finds.
func (c *caseFile) leaked(d *Document) string {
	text := strings.ToLower(documentText(d))
	for _, id := range slices.Sorted(maps.Keys(c.others())) {
		if holdsWord(text, id) {
			return id
		}
	}
	return ""
}

// others are the identifiers of all persons but the subject, in lower case: customers, staff, recipients.
func (c *caseFile) others() map[string]bool {
	ids := map[string]bool{}
	add := func(list ...string) {
		for _, id := range list {
			for _, form := range []string{id, bare(id)} {
				if telling(form) && !c.isMe([]string{id}) {
					ids[strings.ToLower(form)] = true
				}
			}
		}
	}
	for _, a := range c.acts {
		add(a.Subjects...)
		add(a.EmailTo...)
		add(recordOf(&a.Action))
		add(a.User.Email, a.User.Target.Email, a.User.Target.ID)
		if a.v.Actor.Type == agenttrail.ActorHuman || a.Actor.Type == agenttrail.ActorHuman {
			add(a.User.ID, a.User.Name, a.Actor.ID, a.Actor.Name)
		}
		add(a.OnBehalfOf.ID, a.OnBehalfOf.Name, a.v.Authorized.ApproverID, a.v.Authorized.ApproverName)
	}
	for _, p := range c.in.Approvals {
		add(p.Approver, p.Requester)
	}
	return ids
}
