package main

import (
	"context"
	"fmt"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/lists"
	"agenttrail/internal/strictyaml"
	"agenttrail/internal/trail"
	"agenttrail/normalize"
)

// listsOf reads the lists that were in force when the ledger had a size: the newest of each kind, none where it was gone. So a report that is issued
// again reads what it read then.
func listsOf(ctx context.Context, t *trail.Trail, before int64) (all lists.All, err error) {
	newest := map[string]agenttrail.Policy{}
	for n := range before {
		if p := t.Log().Entry(n).Policy; p != nil {
			if p.SHA256 != "" || newest[p.Kind].Name == p.Name { // another name is in force when the old one goes
				newest[p.Kind] = *p
			}
		}
	}
	load := lists.LoadPeople
	m, err := listOf(ctx, t, newest[lists.KindPeopleMapping], normalize.LoadMapping)
	if err != nil {
		return all, err
	}
	if m != nil {
		load = config.MappedPeople(m)
	}
	if all.People, err = listOf(ctx, t, newest[lists.KindPeople], load); err != nil {
		return all, err
	}
	if all.Subjects, err = listOf(ctx, t, newest[lists.KindSubjects], lists.LoadSubjects); err != nil {
		return all, err
	}
	if all.Permissions, err = listOf(ctx, t, newest[lists.KindPermissions], lists.LoadPermissions); err != nil {
		return all, err
	}
	all.DataRules, err = listOf(ctx, t, newest[lists.KindDataRules], lists.LoadDataRules)
	return all, err
}

// listOf reads one list from the policy files of the trail; nil when none is in force.
func listOf[T any](ctx context.Context, t *trail.Trail, p agenttrail.Policy, load func(string, []byte) (*T, strictyaml.Mistakes)) (*T, error) {
	if p.SHA256 == "" {
		return nil, nil
	}
	data, err := t.Policy(ctx, p.SHA256)
	if err != nil {
		return nil, fmt.Errorf("%s of the ledger: %w", p.Name, err)
	}
	list, mistakes := load(p.Name, data)
	if len(mistakes) > 0 {
		return nil, fmt.Errorf("%s of the ledger: %w", p.Name, mistakes)
	}
	return list, nil
}
