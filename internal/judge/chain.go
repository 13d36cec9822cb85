package judge

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"agenttrail"
)

// A join is one way in which an action is known to have led to another. Two actions are joined when a key of the first equals a key of the second.
type join struct {
	rule, words string
	from, to    func(*agenttrail.Action) bool
	cause       func(linkable) []string // keys of an action that leads on
	effect      func(linkable) []string // keys of an action that was led to
	across      bool                    // only between different logs
	before      time.Duration           // how long the effect may seem to come first: clocks differ, and a log may write the start or the end
	within      time.Duration           // how long after the cause the effect may come; 0: the key is an id that both records hold, and time does not matter
}

func (j *join) exact() bool { return j.within == 0 }

// linkable is an action with the agent that the judge found behind it.
type linkable struct {
	*agenttrail.Action
	agent string
}

// Links says which of the actions led to which. An effect has at most one cause by each join: the last one before it, or else the first after it.
// The links come in the order of the effects, and of the joins for each.
func (j *Judge) Links(actions []agenttrail.Action) []agenttrail.Link {
	all := make([]linkable, len(actions))
	for i := range actions {
		a := &actions[i]
		all[i] = linkable{a, j.agentOf(a)}
	}
	slices.SortFunc(all, func(a, b linkable) int { return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.ID, b.ID)) })
	found := make([][]agenttrail.Link, len(all))
	for i := range joins {
		joins[i].link(all, found)
	}
	return slices.Concat(found...)
}

// A Finder yields the actions that answer a question.
type Finder func(q agenttrail.Query, yield func(*agenttrail.Action) error) error

// maxHops bounds how far a chain is followed: an agent's call, the gateway, the system, and what that started.
const maxHops = 3

// Follow finds whatever the joins link to the actions, in the same log or another, and what they link to that. It returns the actions that came
// to the given ones, in order of their ids, and all links between the two.
func (j *Judge) Follow(actions []agenttrail.Action, find Finder) (more []agenttrail.Action, links []agenttrail.Link, err error) {
	all, last := slices.Clone(actions), actions
	for range maxHops {
		news, err := j.next(all, last, find)
		if err != nil {
			return nil, nil, err
		}
		if last = news; len(news) == 0 {
			break
		}
		more, all = append(more, news...), append(all, news...)
	}
	slices.SortFunc(more, func(a, b agenttrail.Action) int { return strings.Compare(a.ID, b.ID) })
	return more, j.Links(all), nil
}

// next are the actions that one link joins to those known; last are those that no question was asked about yet.
func (j *Judge) next(known, last []agenttrail.Action, find Finder) (news []agenttrail.Action, err error) {
	seen := map[string]bool{}
	for i := range known {
		seen[known[i].ID] = true
	}
	candidates, place := slices.Clone(known), map[string]int{}
	for _, q := range Seek(last) {
		err := find(q, func(a *agenttrail.Action) error {
			if _, ok := place[a.ID]; !ok && !seen[a.ID] {
				place[a.ID] = len(candidates)
				candidates = append(candidates, a.Clone())
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("follow the chain: %w", err)
		}
	}
	for _, l := range j.Links(candidates) {
		for _, id := range []string{l.From, l.To} {
			if other := seen[l.From] || seen[l.To]; other && !seen[id] {
				if i, ok := place[id]; ok {
					news = append(news, candidates[i])
					delete(place, id)
				}
			}
		}
	}
	return news, nil
}

// agentOf names the agent that acted, as the judge sees it; empty when none is sure to have.
func (j *Judge) agentOf(a *agenttrail.Action) string {
	if v := j.Who(j.KeyOf(a), a.Time); v.Actor.Type == agenttrail.ActorAgent {
		return v.Actor.ID
	}
	return ""
}

// link adds the links that one join finds among actions in order of time.
func (n *join) link(all []linkable, found [][]agenttrail.Link) {
	causes := map[string][]int{}
	for i, a := range all {
		if n.from(a.Action) {
			for _, key := range n.cause(a) {
				causes[key] = append(causes[key], i)
			}
		}
	}
	if len(causes) == 0 {
		return
	}
	for i, a := range all {
		if !n.to(a.Action) {
			continue
		}
		if cause := n.causeOf(all, i, causes); cause >= 0 {
			found[i] = append(found[i], agenttrail.Link{From: all[cause].ID, To: a.ID, Rule: n.rule, Words: n.words, Exact: n.exact()})
		}
	}
}

// causeOf is the place of the action that led to the i-th, -1 if there is none.
func (n *join) causeOf(all []linkable, i int, causes map[string][]int) int {
	best := -1
	for _, key := range n.effect(all[i]) {
		if c := n.nearest(all, i, causes[key]); c >= 0 && (best < 0 || best > i || c <= i && c > best) {
			best = c
		}
	}
	return best
}

// nearest is the last cause before the i-th action that may have led to it, or else the first after it.
func (n *join) nearest(all []linkable, i int, places []int) int {
	at := sort.SearchInts(places, i)
	for k := at - 1; k >= 0; k-- {
		if !n.exact() && all[i].Time.Sub(all[places[k]].Time) > n.within {
			break
		}
		if n.fits(all[places[k]], all[i]) {
			return places[k]
		}
	}
	for _, p := range places[at:] {
		if !n.exact() && all[p].Time.Sub(all[i].Time) > n.before {
			break
		}
		if n.fits(all[p], all[i]) {
			return p
		}
	}
	return -1
}

func (n *join) fits(from, to linkable) bool {
	return from.ID != to.ID && (!n.across || from.Event.Dataset != to.Event.Dataset)
}

// Seek gives the questions whose answers Links may join to these actions: by the ids that they hold, and what happened around each conversation.
// Not every answer is linked. A stretch of more than a day is not asked for as a whole: then only ids lead on.
func Seek(actions []agenttrail.Action) (questions []agenttrail.Query) {
	ids := map[string]bool{}
	for i := range actions {
		a := &actions[i]
		for _, id := range slices.Concat(named(a.Trace.ID, a.GenAI.ToolCall, a.Session, a.GenAI.Conversation, a.Event.ID, a.Credential.ID), a.Correlation) {
			ids[id] = true
		}
	}
	values := make([]string, 0, len(ids))
	for id := range ids {
		values = append(values, id)
	}
	slices.Sort(values)
	for part := range slices.Chunk(values, 500) {
		for _, field := range []string{"trace.id", "agenttrail.correlation", "gen_ai.tool.call.id", "agenttrail.session.id", "event.id"} {
			questions = append(questions, agenttrail.Query{All: []agenttrail.Term{{Field: field, Any: part}}})
		}
	}
	return append(questions, around(actions)...)
}

// Stretches of time around a conversation in which a join by time may find something: a token is granted up to an hour before it is used.
const (
	seekBefore = time.Hour
	seekAfter  = 15 * time.Minute
	seekMost   = 24 * time.Hour
)

// around asks for all that happened around each conversation, one question for those that overlap.
func around(actions []agenttrail.Action) (questions []agenttrail.Query) {
	times := make([]time.Time, len(actions))
	for i := range actions {
		times[i] = actions[i].Time
	}
	slices.SortFunc(times, time.Time.Compare)
	whole := time.Duration(0)
	for _, t := range times {
		from, to := t.Add(-seekBefore), t.Add(seekAfter)
		if n := len(questions); n > 0 && !from.After(questions[n-1].To) {
			from = questions[n-1].From
			whole -= questions[n-1].To.Sub(from)
			questions = questions[:n-1]
		}
		if whole += to.Sub(from); whole > seekMost {
			return nil
		}
		questions = append(questions, agenttrail.Query{From: from, To: to})
	}
	return questions
}

// named are the values that are not empty.
func named(values ...string) []string {
	return slices.DeleteFunc(values, func(s string) bool { return s == "" })
}
