package main

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"agenttrail"
	"agenttrail/internal/judge"
)

// follow adds to what was found whatever the joins link to it, and returns all links between them.
func follow(ctx context.Context, t *opened, j *judge.Judge, found map[string]*step) ([]agenttrail.Link, error) {
	seen := map[string]*step{}
	more, links, err := j.Follow(stepsOf(found), func(q agenttrail.Query, yield func(*agenttrail.Action) error) error {
		return t.Reader().FindRows(ctx, q, func(a *agenttrail.Action, c *agenttrail.Context) error {
			if seen[a.ID] == nil {
				seen[strings.Clone(a.ID)] = &step{Action: a.Clone(), about: *c}
			}
			return yield(a)
		})
	})
	for i := range more {
		found[more[i].ID] = seen[more[i].ID]
	}
	return links, err
}

func collectQuery(ctx context.Context, t *opened, q agenttrail.Query, found map[string]*step) error {
	return t.Reader().FindRows(ctx, q, func(a *agenttrail.Action, c *agenttrail.Context) error {
		if found[a.ID] == nil {
			found[strings.Clone(a.ID)] = &step{Action: a.Clone(), about: *c}
		}
		return nil
	})
}

// stepsOf are the actions of steps in the order of their ids.
func stepsOf(found map[string]*step) (list []agenttrail.Action) {
	for _, id := range sortedKeys(found) {
		list = append(list, found[id].Action)
	}
	return list
}

// linkNotes say what led to each action: by its id.
func linkNotes(steps []step, links []agenttrail.Link) map[string][]string {
	notes := map[string][]string{}
	for _, l := range links {
		if l.Rule == "parent-span" { // stands in the order of the steps
			continue
		}
		if i := slices.IndexFunc(steps, func(s step) bool { return s.ID == l.From }); i >= 0 {
			from := &steps[i]
			notes[l.To] = append(notes[l.To], "led to by "+from.Time.UTC().Format("15:04:05.000")+" "+from.Verb+" "+targetText(&from.Action)+": "+l.Words+" ("+l.Strength()+")")
		}
	}
	return notes
}

// printLinks prints each link as a line of JSON, after the documents.
func printLinks(w io.Writer, links []agenttrail.Link) error {
	e := json.NewEncoder(w)
	for _, l := range links {
		line := struct {
			Link struct {
				From  string `json:"from"`
				To    string `json:"to"`
				Rule  string `json:"rule"`
				Exact bool   `json:"exact"`
			} `json:"link"`
		}{}
		line.Link.From, line.Link.To, line.Link.Rule, line.Link.Exact = l.From, l.To, l.Rule, l.Exact
		if err := e.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
