package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"agenttrail"
)

// fullCopy is the file for an authority or for counsel: everybody is named as the records name them.
func (c *caseFile) fullCopy() *Document {
	d := c.skeleton()
	d.Marking = "Confidential: names persons"
	if c.q.Copy == CopyCounsel {
		d.Marking = "Privileged and confidential: prepared for legal advice"
	}
	d.Front = c.front([]Block{
		{Facts: [][2]string{
			{"Copy", map[string]string{CopyAuthority: "for an authority: all persons are named", CopyCounsel: "for counsel: all persons are named; privileged"}[c.q.Copy]},
			{"About", listed(slices.Concat(c.q.Subjects, prefixedAll("session ", c.q.Sessions)))},
			{"Searched", c.searchedWords()},
			{"Frozen at", fmt.Sprintf("%s of the ledger, root %s…", counting(c.in.Cite.Size, "entry", "entries"), hexRoot(c.in.Cite)[:16])},
		}},
		{List: c.answer()},
	}, c.courseTable())
	d.Files = append(c.caseFiles(), c.queriesFile())
	d.Files = append(d.Files, manifest(d.Files))
	c.files = d.Files
	for _, a := range c.acts {
		d.Cited = append(d.Cited, a.ID)
	}
	slices.Sort(d.Cited)
	d.Sections = []Section{
		{Title: "How it was searched", Break: true, Blocks: c.searchBlocks(func(s string) string { return s })},
		{Title: "What happened", Blocks: append(c.lanes(), Block{Table: c.timelineTable()})},
		{Title: "How each act was decided", Blocks: c.decisionBlocks()},
		{Title: "Who was exposed", Blocks: c.exposureBlocks()},
		{Title: "Did it happen to others?", Blocks: c.patternBlocks()},
		{Title: "What should have stopped it", Blocks: []Block{{Table: c.controlsTable()}}},
		{Title: "Clocks and response", Blocks: []Block{{Table: c.clocksTable()}, {Table: c.afterTable()}, paragraph("The times of detection, awareness, containment and notices are the company's own words, not facts of a log. Whether a law applies is not for this file to say.")}},
		{Title: "What serves which law", Blocks: []Block{{Table: crosswalkTable()}}},
		{Title: "What cannot be known from logs", Blocks: []Block{{List: plain(append(slices.Clone(caseLimits), c.limits()...)...)}}},
		{Title: "Custody", Blocks: c.custodyBlocks()},
		{Title: "Who is named", Blocks: []Block{paragraph(map[string]string{
			CopyAuthority: "Everybody whom a record names stands here by that name, because an authority has to follow each step. Hand it to nobody else; the copy for the subject leaves others out.",
			CopyCounsel:   "Everybody whom a record names stands here by that name. This copy was made for legal advice."}[c.q.Copy])}},
		c.attachmentsSection(),
		c.signOff(),
	}
	return d
}

// skeleton is what all copies share. Nothing in it names the person.
func (c *caseFile) skeleton() *Document {
	return &Document{
		ID: c.id(), Kind: KindCase, Title: "Case file", Subtitle: "What AI agents did, to whose data, on whose authority, and how it is known", Owner: c.in.Owner, Status: statusIssued, Lang: "en",
		AsOf: c.in.Cite, Summary: &Summary{ID: c.id(), From: c.in.Period.From, To: c.in.Period.To, Size: c.in.Cite.Size, Time: c.in.Cite.Time, Fingerprint: c.in.Fingerprint, Status: statusIssued},
	}
}

// front is page one: blocks, the course, and the proof.
func (c *caseFile) front(blocks []Block, course *Table) []Block {
	blocks = append(blocks, Block{Table: course}, Block{Text: c.proofText()})
	if c.in.Demo {
		blocks = append([]Block{{Text: []Cell{{Text: wordDemo, Tone: ToneStrong}}}}, blocks...)
	}
	return blocks
}

func prefixedAll(prefix string, list []string) (out []string) {
	for _, s := range list {
		out = append(out, prefix+s)
	}
	return out
}

// answer says in at most ten lines what happened: which agent, whose records, who received, under what authority, when it was stopped.
func (c *caseFile) answer() []Cell {
	if len(c.acts) == 0 {
		return []Cell{{Text: "Nothing was found under the identifiers that were tried. That is no proof that nothing happened: see what was not covered.", Tone: ToneWarn}}
	}
	lines := []Cell{{Text: fmt.Sprintf("%s found that belong to this case, %s of agents, from %s to %s.", counting(int64(len(c.acts)), "recorded action was", "recorded actions were"), thousands(c.byAgents()), c.moment(c.acts[0].Time), c.moment(c.acts[len(c.acts)-1].Time))}}
	for i, p := range c.pairs {
		if i == 3 {
			lines = append(lines, Cell{Text: fmt.Sprintf("%s of this kind follow below.", counting(int64(len(c.pairs)-3), "more pair", "more pairs")), Tone: ToneBad})
			break
		}
		lines = append(lines, c.pairAnswer(p))
	}
	if len(c.pairs) == 0 {
		lines = append(lines, Cell{Text: "No message to another person was found in a session in which this person's record was read.", Tone: ToneGood})
	}
	lines = append(lines, c.authorityAnswer(), c.stoppedAnswer(), c.coverageAnswer())
	return lines
}

func (c *caseFile) pairAnswer(p Pair) Cell {
	sent := c.byID[p.Sent.ID]
	how := "the message names that record"
	if !p.Named {
		how = "whether the message carried it, the log does not tell"
	}
	return Cell{Tone: ToneBad, Text: fmt.Sprintf("%s read the record of %s (act %d) and then sent %s to %s on %s (act %d): %s. Session %s.", sent.agentName(), listed(p.Owners), c.number(p.Read.ID), cmp.Or(strings.TrimSpace(p.Sent.Resource.Type+" "+p.Sent.Resource.ID), "a message"),
		listed(p.Recipients), c.moment(p.Sent.Time), sent.n, how, or(p.Sent.Session))}
}

// authorityAnswer says under whose authority the acts that weigh were done.
func (c *caseFile) authorityAnswer() Cell {
	var needed, approved, outside int
	for _, a := range c.consequential() {
		if a.v.Authorized.Required == agenttrail.Yes && a.executed() {
			needed++
			if a.v.Authorized.State == agenttrail.StateApproved {
				approved++
			}
		}
		if a.v.Scope.In == agenttrail.No {
			outside++
		}
	}
	cell := Cell{Text: fmt.Sprintf("%s needed a person's approval before; %d had one. %s outside the agent's scope.", counting(int64(needed), "act that was done", "acts that were done"), approved, counting(int64(outside), "act lay", "acts lay"))}
	if approved < needed || outside > 0 {
		cell.Tone = ToneBad
	}
	return cell
}

func (c *caseFile) stoppedAnswer() Cell {
	if c.q.Contained.IsZero() {
		return Cell{Text: "When it was stopped is not stated.", Tone: ToneWarn}
	}
	return Cell{Text: "It was stopped on " + c.moment(c.q.Contained) + ", as the company states."}
}

func (c *caseFile) coverageAnswer() Cell {
	var gaps []string
	for _, r := range c.days {
		if n := r.count(); n.missing+n.partial > 0 {
			gaps = append(gaps, r.feed.Name)
		}
	}
	if len(gaps) == 0 {
		return Cell{Text: fmt.Sprintf("%s searched; none of the days that they owe is missing.", counting(int64(len(c.days)), "source was", "sources were"))}
	}
	return Cell{Text: fmt.Sprintf("%s searched; days are missing or open in %s: there may be more.", counting(int64(len(c.days)), "source was", "sources were"), listed(gaps)), Tone: ToneWarn}
}

func (a *caseAct) executed() bool {
	return a.Outcome != agenttrail.Denied && a.Outcome != agenttrail.Failure
}

func (c *caseFile) byAgents() (n int64) {
	for _, a := range c.acts {
		if a.v.Actor.Type == agenttrail.ActorAgent {
			n++
		}
	}
	return n
}

// number is the number of an act in the document.
func (c *caseFile) number(id string) int {
	if a := c.byID[id]; a != nil {
		return a.n
	}
	return 0
}

func (c *caseFile) searchedWords() string {
	words := fmt.Sprintf("%s by %s", counting(int64(len(c.book.feeds)), "source", "sources"), counting(int64(len(c.tried)), "identifier", "identifiers"))
	return words + ", " + c.in.Period.Words()
}
