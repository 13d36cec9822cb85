package reports

import "slices"

// cited are the actions that stand in the attachments one by one: those that needed leave, those outside their scope, and the decisions of approvers. All
// others stand in groups.
func (a *account) cited() (ids []string) {
	leave := map[string]bool{}
	for _, list := range [][]cited{a.cases.highStakes, a.cases.violations} {
		for i := range list {
			ids = append(ids, list[i].id)
			leave[list[i].approvalID] = true
		}
	}
	for _, p := range a.in.Approvals {
		if leave[p.ID] || !p.At.Before(a.in.Period.From) && p.At.Before(a.in.Period.To) {
			ids = append(ids, p.Action)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
