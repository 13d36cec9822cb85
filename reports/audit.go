package reports

import "context"

// Audit makes the activity audit report: what the agents did in a period, on whose authority, and how far the logs can tell.
func Audit(ctx context.Context, in Input) (*Document, error) {
	a, err := newAccount(ctx, KindAudit, in)
	if err != nil {
		return nil, err
	}
	return a.document(a.activity()), nil
}

// activity is the content of the audit report.
func (a *account) activity() content {
	return content{title: wordTitle, about: wordAbout, sections: []Section{
		a.agentsSection(), a.actsSection(), a.authoritySection(), a.identitySection(), a.scopeSection(), a.reasonsSection(), a.shadowSection(), a.coverageSection(), a.findingsSection(),
	}}
}
