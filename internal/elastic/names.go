package elastic

import (
	"slices"
	"time"

	"agenttrail"
)

// ActionsAlias is searched by readers; it stands before the indices of all months.
func (c *Client) ActionsAlias() string { return c.prefix + "-actions" }

// ReceiptsIndex holds every entry of the ledger, after what it names.
func (c *Client) ReceiptsIndex() string { return c.prefix + "-receipts" }

// FindingsIndex holds what was found: documents that were not taken whole, and the like.
func (c *Client) FindingsIndex() string { return c.prefix + "-findings" }

func (c *Client) generation() string { return c.prefix + "-actions-v1-" }

// IndexOf is the index of an action: the month of its own time, so that a repeated event meets its twin, or the index of unclear times.
func (c *Client) IndexOf(a *agenttrail.Action) string {
	if slices.Contains(a.Evidence.Flags, agenttrail.FlagTimeSuspect) {
		return c.generation() + "unclear"
	}
	return c.generation() + a.Time.UTC().Format("2006.01")
}

// Months are the indices that hold actions of a period, without the one of unclear times.
func (c *Client) Months(from, to time.Time) (names []string) {
	for m := time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, time.UTC); m.Before(to); m = m.AddDate(0, 1, 0) {
		names = append(names, c.generation()+m.Format("2006.01"))
	}
	return names
}
