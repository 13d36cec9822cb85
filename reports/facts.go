package reports

import (
	"context"
	"time"

	"agenttrail"
)

// Facts answers questions about actions: the trail does, and Elasticsearch. The same question has the same answer for ever.
type Facts interface {
	// Count groups by single-valued facts ("day" and "hour" are two), in byte order of keys; a many-valued field is an error; missing is a group.
	Count(ctx context.Context, q agenttrail.Query, by []string, yield func(agenttrail.Group) error) error
	// Find yields by (millisecond, id). Anything partial is an error. The action is valid until yield returns.
	Find(ctx context.Context, q agenttrail.Query, yield func(*agenttrail.Action) error) error
}

// Judge concludes from facts what no record can say alone.
type Judge interface {
	// Key names the single-valued facts that Who needs, in byte order.
	Key() []string
	// Changes are the instants at which a verdict may turn, in order. Between two of them the same key has the same verdict.
	Changes() []time.Time
	// Who judges identity, credential, scope and whether leave was needed, for all actions with these values of Key at a time.
	Who(key []string, at time.Time) agenttrail.Verdict
	// Approval judges one action: all that Who says of it, and whose leave it had.
	Approval(a *agenttrail.Action) agenttrail.Verdict
}
