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

// maxHops bounds how far a chain is followed: an agent's call, the gateway, the system, and what that started.
const maxHops = 3

// follow adds to what was found whatever the joins link to it, in the same log or another, and returns all links between them.
func follow(ctx context.Context, t *opened, j *judge.Judge, found map[string]*step) (links []agenttrail.Link, err error) {
	news := stepsOf(found)
	for range maxHops {
		candidates := map[string]*step{}
		for _, q := range judge.Seek(news) {
			if err := collectQuery(ctx, t, q, candidates); err != nil {
				return nil, err
			}
		}
		for id, s := range found {
			candidates[id] = s
		}
		news = nil
		for _, l := range j.Links(stepsOf(candidates)) {
			from, to := found[l.From], found[l.To]
			if (from == nil) == (to == nil) {
				continue
			}
			for _, id := range []string{l.From, l.To} {
				if !slices.ContainsFunc(news, func(a agenttrail.Action) bool { return a.ID == id }) && found[id] == nil {
					news = append(news, candidates[id].Action)
				}
			}
		}
		for i := range news {
			found[news[i].ID] = candidates[news[i].ID]
		}
		if len(news) == 0 {
			break
		}
	}
	return j.Links(stepsOf(found)), nil
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
