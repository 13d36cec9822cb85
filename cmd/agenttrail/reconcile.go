package main

import (
	"context"
	"errors"
	"fmt"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/elastic"
)

// sampleEvery is of how many batches one is compared in content when not all are; which one turns with the size of the ledger.
const sampleEvery = 16

// A reconciled index is what was compared and what came out.
type reconciled struct {
	Entries  int64    `json:"entries"`  // batches whose actions were counted
	Ties     []string `json:"ties"`     // counts that differed
	Compared int64    `json:"compared"` // documents whose content was compared
	Reduced  int64    `json:"reduced"`  // of which only the core could be
	Judged   bool     `json:"judged"`   // judgements were compared too
	Missing  int64    `json:"missing"`  // documents that were not there
	Repaired int64    `json:"repaired"` // of these are there now
	Altered  []string `json:"altered"`  // documents that do not say what the trail says
}

// reconcile compares the index with the ledger: the actions of every entry by number, and the content of a sample of the batches, or of all. What is
// missing is sent again; what was altered becomes a finding and fails the command.
func (a *app) reconcile(ctx context.Context, c *config.Config, t *opened, everything bool) error {
	p, err := a.projection(ctx, c, t)
	if err != nil {
		return err
	}
	client, err := a.elastic(ctx, c, false)
	if err != nil {
		return err
	}
	r, altered, again, err := a.compare(ctx, c, t, p, everything)
	if err != nil {
		return elasticError(err)
	}
	if len(again) > 0 {
		sent, err := client.Resend(ctx, p, again)
		if err != nil {
			return elasticError(err)
		}
		r.Repaired = sent.Created + sent.Degraded
	}
	if err := client.Report(ctx, altered, a.now); err != nil {
		return elasticError(err)
	}
	return a.printReconciled(r, client)
}

// compare reads one snapshot of the cluster. again are the entries that lack documents.
func (a *app) compare(ctx context.Context, c *config.Config, t *opened, p elastic.Projection, everything bool) (r reconciled, altered []elastic.Altered, again []int64, err error) {
	reader, err := a.reader(ctx, c)
	if err != nil {
		return r, nil, nil, err
	}
	at, err := reader.Position(ctx)
	if err != nil {
		return r, nil, nil, err
	}
	left, err := reader.Excluded(ctx)
	if err != nil {
		return r, nil, nil, err
	}
	judgedAt, err := reader.JudgedAt(ctx)
	if err != nil {
		return r, nil, nil, err
	}
	f, err := reader.Open(ctx)
	if err != nil {
		return r, nil, nil, err
	}
	defer func() { err = errors.Join(err, f.Close(ctx)) }()
	ties, err := f.Ties(ctx, at, func(n int64) int64 { return rowsOf(t.Log().Entry(n)) - left[n] })
	if err != nil {
		return r, nil, nil, err
	}
	untied := map[int64]bool{}
	for _, tie := range ties {
		untied[tie.Receipt] = true
		r.Ties = append(r.Ties, tie.String())
	}
	r.Judged = judgedAt == p.Size
	for n := range at {
		if t.Log().Entry(n).Batch == nil {
			continue
		}
		if r.Entries++; !everything && !untied[n] && n%sampleEvery != at%sampleEvery {
			continue
		}
		var found elastic.Comparison
		if err := f.Compare(ctx, n, r.Judged, documentsOf(ctx, t, p, n), &found); err != nil {
			return r, nil, nil, fmt.Errorf("compare entry %d: %w", n, err)
		}
		r.Compared, r.Reduced, r.Missing = r.Compared+found.Compared, r.Reduced+found.Reduced, r.Missing+int64(len(found.Missing))
		altered = append(altered, found.Altered...)
		if len(found.Missing) > 0 {
			again = append(again, n)
		}
	}
	for _, d := range altered {
		r.Altered = append(r.Altered, d.String())
	}
	return r, altered, again, nil
}

// documentsOf yields the documents that the actions of an entry should have.
func documentsOf(ctx context.Context, t *opened, p elastic.Projection, n int64) func(func(*agenttrail.Action, []byte) error) error {
	return func(yield func(*agenttrail.Action, []byte) error) error {
		var doc []byte
		return t.Reader().Rows(ctx, n, func(action *agenttrail.Action, about *agenttrail.Context) error {
			v := p.Judge(action)
			if !p.Who.Takes(action, &v) {
				return nil
			}
			doc = agenttrail.AppendDocument(doc[:0], action, about, &v)
			return yield(action, doc)
		})
	}
}

func (a *app) printReconciled(r reconciled, client *elastic.Client) error {
	if a.json {
		if err := printJSON(a.out, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.out, "reconcile: %s counted, %s compared", count(r.Entries, "batch", "batches"), count(r.Compared, "document", "documents"))
		if !r.Judged {
			fmt.Fprint(a.out, " (but for their judgements, which are of an earlier state: agenttrail index --refresh)")
		}
		fmt.Fprintln(a.out)
		for _, line := range r.Ties {
			fmt.Fprintf(a.out, "  %s\n", line)
		}
		if r.Missing > 0 {
			fmt.Fprintf(a.out, "  index behind: %s missing, %s sent again\n", count(r.Missing, "document was", "documents were"), thousands(r.Repaired))
		}
		for _, line := range r.Altered {
			fmt.Fprintf(a.out, "  index altered: %s\n", visible(line))
		}
	}
	switch {
	case len(r.Altered) > 0:
		return fmt.Errorf("index altered: %s not say what the trail says; %s has a finding about each (the trail is the truth: agenttrail index --rebuild makes the index anew)",
			count(int64(len(r.Altered)), "document does", "documents do"), client.FindingsIndex())
	case r.Missing > r.Repaired:
		return incomplete("index behind: %s still missing", count(r.Missing-r.Repaired, "document is", "documents are"))
	}
	return nil
}
