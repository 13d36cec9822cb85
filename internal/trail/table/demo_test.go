package table

import (
	"fmt"
	"math/rand/v2"
	"time"

	"agenttrail"
)

// demoColumns are those of a format of about 40 columns.
func demoColumns() []*agenttrail.Field {
	columns, unknown := agenttrail.Columns([]string{"event.id", "event.provider", "error.code", "user.id", "user.name", "user.effective.id", "cloud.provider",
		"cloud.account.id", "cloud.region", "source.ip", "source.address", "user_agent.original", "agenttrail.actor.id", "agenttrail.actor.name",
		"event.action", "agenttrail.credential.type", "agenttrail.credential.id", "agenttrail.resource.type", "agenttrail.resource.id",
		"agenttrail.session.id", "agenttrail.correlation", "agenttrail.subject.id"})
	if unknown != nil {
		panic(unknown)
	}
	return columns
}

// demo makes actions shaped like those of CloudTrail: a second apart, 120 agents, 40 actions.
func demo(n int, seed uint64) []agenttrail.Action {
	r := rand.New(rand.NewPCG(seed, 1))
	list := make([]agenttrail.Action, n)
	verbs := agenttrail.Verbs()
	for i := range list {
		a := &list[i]
		agent, what := r.IntN(120), r.IntN(40)
		a.Time = time.Date(2026, 1, 2, 0, 0, i, 0, time.UTC)
		a.Native = fmt.Sprintf("%08x-0000-4000-8000-%012x", seed, i)
		a.Event.ID, a.Event.Action, a.Event.Provider = a.Native, fmt.Sprint("Action", what), fmt.Sprint("service", what%14, ".amazonaws.com")
		if r.IntN(16) == 0 {
			a.Error.Code = "AccessDenied"
		}
		a.User.ID = fmt.Sprintf("arn:aws:sts::111122223333:assumed-role/agent-%d/session", agent)
		a.User.Name, a.User.Effective.ID = fmt.Sprint("agent-", agent), fmt.Sprint("arn:aws:iam::111122223333:role/agent-", agent)
		a.Cloud.Provider, a.Cloud.Account, a.Cloud.Region = "aws", "111122223333", "eu-central-1"
		a.Source.IP = fmt.Sprint("192.0.2.", agent)
		a.UserAgent = "example-sdk/1.2.3 lang/go"
		a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: fmt.Sprint("agt-", agent), Name: fmt.Sprint("Agent ", agent), Basis: agenttrail.BasisDeclared}
		a.Credential.Type, a.Credential.ID = "role_session", fmt.Sprintf("ASIA%016d", agent)
		a.Verb = verbs[what%len(verbs)].Name
		a.Resource.System, a.Resource.Type, a.Resource.ID = "aws.s3", "object", fmt.Sprint("bucket/key-", r.IntN(5000))
		a.Outcome = []string{agenttrail.Success, agenttrail.Success, agenttrail.Success, agenttrail.Denied}[r.IntN(4)]
		a.Session, a.Correlation = fmt.Sprint("session-", i/8), []string{fmt.Sprintf("req-%016x", r.Uint64())}
		s := agenttrail.Stamp{Dataset: "aws.cloudtrail", Tenant: "acme", URI: fmt.Sprint("s3://example-trail/", i/1000, ".json.gz"), Created: a.Time.Add(17 * time.Minute)}
		s.Write(a, &agenttrail.Record{Ordinal: int64(i % 1000), Offset: int64(i%1000) * 1383, Length: 1383}, agenttrail.RawHash(&agenttrail.Record{Raw: []byte(a.Native)}))
	}
	return list
}
