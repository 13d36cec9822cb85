package main

import (
	"context"
	"slices"
	"strings"

	"agenttrail/reports"
	"agenttrail/reports/frameworks"

	"github.com/spf13/pflag"
)

var frameworkKind = reportKind{
	name:  reports.KindFramework,
	short: "What a law or standard asks for, clause by clause, and how far the logs show it",
	long: `Write the evidence pack of one framework for a period: each clause with its duty in our own words, whether it applies, what the logs show, and what must
be supplied beside them. There is no overall score. Whether a clause applies depends on conditions that only the company can answer: --answer NAME=yes
or --answer NAME=no, several times; what nobody answered is printed so. The whole trail is verified first.
Exit 3: the report is provisional, because something of the period is missing or open, or the trail does not hold.`,
	example:   "  agenttrail report framework --framework eu-ai-act --answer high_risk=no --period 2026-Q3",
	document:  reports.FrameworkPack,
	parts:     true,
	topicFlag: "framework",
	flags: func(f *pflag.FlagSet, o *reportOptions) {
		f.StringVar(&o.topic, "framework", "", strings.Join(frameworks.IDs(), ", "))
		f.StringArrayVar(&o.answers, "answer", nil, "whether a condition holds: NAME=yes or NAME=no")
	},
	check: func(o reportOptions) error {
		_, _, err := frameworkOf(o)
		return err
	},
	gather: func(ctx context.Context, g gathering) (err error) {
		if g.input.Framework, g.input.Answers, err = frameworkOf(g.options); err != nil {
			return err
		}
		g.input.Params = append(g.input.Params, g.options.answers...)
		return gatherVerified(ctx, g)
	},
}

// frameworkOf finds the framework that was asked for, and reads the answers to its conditions.
func frameworkOf(o reportOptions) (*frameworks.Framework, map[string]bool, error) {
	if !slices.Contains(frameworks.IDs(), o.topic) {
		return nil, nil, usage("--framework %q: want one of %s", o.topic, strings.Join(frameworks.IDs(), ", "))
	}
	f, err := frameworks.Load(o.topic)
	if err != nil {
		return nil, nil, err
	}
	answers := map[string]bool{}
	for _, text := range o.answers {
		id, answer, _ := strings.Cut(text, "=")
		if f.Condition(id) == nil {
			return nil, nil, usage("--answer %q: %s has no condition %q%s", text, o.topic, id, conditionsOf(f))
		}
		if answer != "yes" && answer != "no" {
			return nil, nil, usage("--answer %q: want %s=yes or %s=no", text, id, id)
		}
		if was, ok := answers[id]; ok && was != (answer == "yes") {
			return nil, nil, usage("--answer %q: it was answered otherwise before", text)
		}
		answers[id] = answer == "yes"
	}
	return f, answers, nil
}

func conditionsOf(f *frameworks.Framework) string {
	var ids []string
	for _, c := range f.Conditions {
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		return ": it has none"
	}
	return " (there is: " + strings.Join(ids, ", ") + ")"
}
