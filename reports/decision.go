package reports

import (
	"fmt"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// Marshal writes the statement of a decision in canonical JSON, as docs/format.md says. Its place in the ledger is no part of it.
func (d *Decision) Marshal() []byte {
	o := object{}
	o.put("as", d.As)
	o.put("by", d.By)
	o.put("finding", d.Finding)
	o.put("reason", d.Reason)
	o.put("rule", d.Rule)
	o.put("subject", d.Subject)
	o.put("ticket", d.Ticket)
	o.time("until", d.Until)
	return []byte(o.String())
}

// ParseDecision reads the statement of a finding entry. One that says something else than the entry is an error.
func ParseDecision(data []byte, e agenttrail.Finding) (Decision, error) {
	v, err := strictjson.Parse(data)
	if err != nil {
		return Decision{}, fmt.Errorf("%s: %w", e.Statement.Path, err)
	}
	r := reading{v: v}
	d := Decision{Finding: r.text("/finding"), Rule: r.text("/rule"), Subject: r.text("/subject"), As: r.text("/as"), By: r.text("/by"), Reason: r.text("/reason"), Ticket: r.text("/ticket"), Until: r.time("/until")}
	switch {
	case r.wrong || string(d.Marshal()) != string(data):
		return d, fmt.Errorf("%s: not as this version writes it", e.Statement.Path)
	case d.Finding != e.ID || d.Rule != e.Rule || d.As != e.As || !d.Until.Equal(e.Until):
		return d, fmt.Errorf("%s: says another thing than its entry", e.Statement.Path)
	}
	return d, nil
}
