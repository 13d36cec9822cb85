package main

import (
	"context"
	"errors"
	"fmt"

	"agenttrail"
	"agenttrail/internal/judge"

	"github.com/spf13/cobra"
)

func (a *app) showCommand() *cobra.Command {
	var raw bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "One action: its facts, its judgements with the line that decided, and where its record stands",
		Example: `  agenttrail show 6ae85f20-400e1b1b22602529b90a4b644f051b24
  agenttrail show 6ae85f20-400e1b1b22602529b90a4b644f051b24 --raw`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, list []string) error { return a.show(cmd.Context(), list[0], raw) },
	}
	cmd.Flags().BoolVar(&raw, "raw", false, "print the record's bytes as they stand in the evidence, escaped")
	return a.jsonFlag(cmd)
}

func (a *app) show(ctx context.Context, id string, raw bool) error {
	if _, _, _, err := agenttrail.ParseID(id); err != nil {
		return usage("%w", err)
	}
	c, err := a.load()
	if err != nil {
		return err
	}
	t, err := a.openTrail(ctx, c, false)
	if err != nil {
		return err
	}
	defer t.Close()
	action, about, err := findOne(ctx, t, id)
	if err != nil {
		return err
	}
	if raw {
		record, context, err := t.Reader().Raw(ctx, action, about.Receipt.N)
		if err != nil {
			return err
		}
		if len(context) > 0 {
			fmt.Fprintf(a.out, "context:\n%s\nrecord:\n", visibleLines(string(context)))
		}
		fmt.Fprintln(a.out, visibleLines(string(record)))
		return nil
	}
	j, err := judgeOf(ctx, t.Trail, t.Log().Size())
	if err != nil {
		return err
	}
	v := j.Approval(action)
	if a.json {
		_, err := fmt.Fprintf(a.out, "%s\n", agenttrail.AppendDocument(nil, action, about, &v))
		return err
	}
	a.printAction(action, about, &v, t.Log().Entry(about.Receipt.N))
	return nil
}

// errStop ends a search early.
var errStop = errors.New("stop")

func findOne(ctx context.Context, t *opened, id string) (found *agenttrail.Action, about *agenttrail.Context, err error) {
	q := agenttrail.Query{All: []agenttrail.Term{{Field: "agenttrail.id", Any: []string{id}}}}
	err = t.Reader().FindRows(ctx, q, func(a *agenttrail.Action, c *agenttrail.Context) error {
		action, context := a.Clone(), *c
		found, about = &action, &context
		return errStop
	})
	if err != nil && !errors.Is(err, errStop) {
		return nil, nil, err
	}
	if found == nil {
		return nil, nil, fmt.Errorf("no action %s in the trail", id)
	}
	return found, about, nil
}

// printAction prints what an action says, what is concluded, and the way back to its record.
func (a *app) printAction(action *agenttrail.Action, about *agenttrail.Context, v *agenttrail.Verdict, e agenttrail.Entry) {
	fmt.Fprintf(a.out, "%s\n%s UTC\n\nFacts\n", visible(agenttrail.Message(action)), clock(action.Time))
	for i := range agenttrail.Fields() {
		f := &agenttrail.Fields()[i]
		if f.Fact() {
			a.printField(f, action)
		}
	}
	fmt.Fprintf(a.out, "\nJudgements\n")
	for _, line := range judgements(v) {
		fmt.Fprintf(a.out, "  %-34s %s\n", line[0], visible(line[1]))
	}
	fmt.Fprintf(a.out, "\nEvidence\n")
	for _, line := range [][2]string{
		{"record", fmt.Sprintf("%d of %s, bytes %d to %d", action.Evidence.Index.N, action.Evidence.URI, action.Evidence.Offset.N, action.Evidence.Offset.N+action.Evidence.Length.N)},
		{"SHA-256 of the record", action.Event.Hash},
		{"SHA-256 of the object", about.ObjectSHA256},
		{"proof by the source", first(about.SourceIntegrity, "not available")},
		{"read", clock(action.Event.Created)},
		{"receipt", fmt.Sprintf("entry %d of the ledger, committed %s by run %s", about.Receipt.N, clock(e.Time), about.Run)},
		{"mapping", about.Mapping + " " + about.MappingVersion},
	} {
		fmt.Fprintf(a.out, "  %-34s %s\n", line[0], visible(line[1]))
	}
}

func (a *app) printField(f *agenttrail.Field, action *agenttrail.Action) {
	if list, ok := f.Pointer(action).(*[]string); ok {
		for _, s := range *list {
			fmt.Fprintf(a.out, "  %-34s %s\n", f.Name, visible(s))
		}
		return
	}
	if text, _ := f.Value(action); text != "" {
		fmt.Fprintf(a.out, "  %-34s %s\n", f.Name, visible(text))
	}
}

// judgements are the lines about an action that only the register and other records can tell.
func judgements(v *agenttrail.Verdict) (lines [][2]string) {
	who := fmt.Sprintf("%s %s, %s", v.Actor.Type, v.Actor.ID, v.Actor.Basis)
	switch {
	case v.Actor.Rule != "":
		who += " by " + v.Actor.Rule
	case v.Actor.Registered == agenttrail.No:
		who += ": not in the register"
	}
	lines = append(lines, [2]string{"who", who})
	if v.CredentialShared == agenttrail.Yes {
		lines = append(lines, [2]string{"credential", "an agent acted with the credential of " + v.CredentialOwner.ID})
	}
	for _, c := range v.Candidates {
		lines = append(lines, [2]string{"may have been", c})
	}
	if s := scopeText(v); s != "" {
		lines = append(lines, [2]string{"scope", s + " by " + v.Scope.Rule + ", " + v.Scope.Proof})
	}
	if v.Authorized.Required == agenttrail.Yes {
		lines = append(lines, [2]string{"leave", "needed by " + v.Authorized.PolicyID + ": " + first(v.Why, judge.WhyNone)})
	}
	if v.Authorized.ID != "" || v.Authorized.ApproverID != "" {
		lines = append(lines, [2]string{"leave given", fmt.Sprintf("%s by %s at %s, %s", v.Authorized.ID, v.Authorized.ApproverID, clock(v.Authorized.At), v.Authorized.Proof)})
	}
	return lines
}
