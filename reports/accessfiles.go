package reports

import "strings"

var accessColumns = []string{"agent", "as_stated", "registered", "owner", "owner_state", "would_review", "credential", "credential_type", "credential_shared_with", "credential_of_a_person", "system", "permission", "in_plain_words", "tier", "can",
	"data", "in_declared_scope", "granted_by", "granted_at", "why", "ticket", "expires_at", "use", "use_unknown_because", "last_used", "last_done", "uses_90_days", "uses_period", "refused", "change", "flags",
	"inventory", "snapshot", "receipt", "evidence_uri", "evidence_record"}

func (r *review) row(l *accessLine) []string {
	h := l.held
	owner, registered, person := "", "no", "no"
	if l.register != nil {
		owner, registered = l.register.Owner, "yes"
	}
	if l.person {
		person = "yes"
	}
	at, _ := h.time()
	mask := func(s string) string { return r.names.masked(s, nil) }
	return []string{mask(l.who()), mask(h.Agent), registered, owner, l.owner, r.reviewer(l), mask(h.Credential.ID), h.Credential.Type, mask(strings.Join(l.sharing, " ")), person, h.System, h.Permission, l.meaning.Words, l.meaning.Tier,
		strings.Join(l.meaning.Can, " "), l.data, l.inScope, mask(h.GrantedBy), instant(h.GrantedAt), mask(h.Why), h.Ticket, instant(h.ExpiresAt), l.useState, l.why, instant(l.use.last), instant(l.use.lastDone),
		digits(l.use.late), digits(l.use.period), digits(l.use.denied), l.change, strings.Join(l.flags, "; "), h.Inventory, instant(at), digits(h.Receipt), mask(h.Evidence.URI), place(h.Evidence.Index)}
}

func (r *review) snapshotFile() File {
	s := newSheet(accessColumns...)
	for _, l := range r.lines {
		s.row(r.row(l)...)
	}
	return s.file("access.csv", "The snapshot: every permission held, its use, its gaps")
}

func (r *review) changesFile() File {
	s := newSheet(accessColumns...)
	for _, l := range append(r.lines[:len(r.lines):len(r.lines)], r.gone...) {
		if l.change == changeNew || l.change == changeOther || l.change == changeRemoved {
			s.row(r.row(l)...)
		}
	}
	return s.file("access-changes.csv", "Permissions that are new, changed or removed since the snapshot before; a removed one has no use")
}
