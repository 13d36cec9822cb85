package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"agenttrail"
)

// sessionsAtOnce is how many sessions one question asks for.
const sessionsAtOnce = 200

// findPairs looks for messages that went to another person than the one whose record was read before. Each session is looked at alone, so that what is
// found does not depend on the period.
func (a *account) findPairs(ctx context.Context) (list []Finding, err error) {
	sent := agenttrail.Term{Field: "agenttrail.verb", Any: []string{agenttrail.VerbSend, agenttrail.VerbShare}}
	sessions := map[string][]string{} // field -> values
	err = a.ask.find(ctx, "messages that agents sent", agenttrail.Query{From: a.in.Period.From, To: a.in.Period.To, All: []agenttrail.Term{sent, withoutConflicts}}, func(act *agenttrail.Action) error {
		if len(recipients(act)) == 0 {
			return nil
		}
		if v := a.in.Judge.Approval(act); v.Actor.Type != agenttrail.ActorAgent {
			return nil
		}
		field, value := "agenttrail.session.id", act.Session
		if value == "" {
			field, value = "trace.id", act.Trace.ID
		}
		if value != "" {
			sessions[field] = append(sessions[field], strings.Clone(value))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, field := range []string{"agenttrail.session.id", "trace.id"} {
		all := slices.Compact(slices.Sorted(slices.Values(sessions[field])))
		for some := range slices.Chunk(all, sessionsAtOnce) {
			found, err := a.pairsOfSessions(ctx, agenttrail.Term{Field: field, Any: some})
			if err != nil {
				return nil, err
			}
			list = append(list, found...)
		}
	}
	return list, nil
}

func (a *account) pairsOfSessions(ctx context.Context, which agenttrail.Term) (list []Finding, err error) {
	bySession := map[string][]*agenttrail.Action{}
	err = a.ask.find(ctx, "actions of the sessions in which agents sent messages", agenttrail.Query{To: a.in.Period.To, All: []agenttrail.Term{which, withoutConflicts}}, func(act *agenttrail.Action) error {
		kept := act.Clone()
		key := cmp.Or(kept.Session, kept.Trace.ID)
		bySession[key] = append(bySession[key], &kept)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, actions := range bySession {
		for _, p := range WrongRecipients(actions) {
			if p.Sent.Time.Before(a.in.Period.From) {
				continue
			}
			v := a.in.Judge.Approval(p.Sent)
			if v.Actor.Type != agenttrail.ActorAgent {
				continue
			}
			list = append(list, a.pairFinding(&p, cmp.Or(v.Actor.ID, v.Actor.Name, unnamedAgent)))
		}
	}
	slices.SortFunc(list, func(x, y Finding) int { return cmp.Or(x.First.Compare(y.First), strings.Compare(x.ID, y.ID)) })
	return list, nil
}

func (a *account) pairFinding(p *Pair, agent string) Finding {
	how := "later in the same session"
	if p.Named {
		how = "and the message names that record"
	}
	f := newFinding(p.Sent.ID+"\t"+p.Read.ID, agent)
	f.What = fmt.Sprintf("sent to %s after the record of %s was read, %s", a.people(p.Recipients), a.people(p.Owners), how)
	f.N, f.First, f.Last, f.Actions = 1, p.Sent.Time, p.Sent.Time, []string{p.Sent.ID, p.Read.ID}
	return f
}

// people names persons as the report may.
func (a *account) people(ids []string) string {
	var list []string
	for _, id := range ids {
		list = append(list, a.names.person(id))
	}
	return listed(list)
}
