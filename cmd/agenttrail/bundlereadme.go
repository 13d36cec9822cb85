package main

import (
	"fmt"
	"strings"

	"agenttrail/internal/trail/bundle"
)

// bundleReadme tells a person who has never seen the program what the bundle is and how to check it. It depends on the facts and the parameters alone.
func bundleReadme(d drawn, o reportOptions, beside int) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s: %s", d.doc.ID, d.doc.Title)
	line("%s, %s, made from the first %d entries of the ledger %s\n", d.doc.Owner, d.in.Period.Name, d.in.Cite.Size, d.in.Cite.Origin)
	if d.in.Demo {
		line("A DEMONSTRATION: the company, the times and the key are not real.\n")
	}
	line("WHAT TO READ")
	line("  %s is the report. You need nothing else to read it. Its tables as files lie in %s.\n", bundle.PDF, bundle.Attachments)
	line("HOW TO CHECK IT")
	line("  1. Ask the company for the fingerprint of its key, by a way other than this bundle: a letter, a contract, a call.")
	line("     It must be:  %s", d.in.Fingerprint)
	line("  2. On any computer with the program agenttrail, without a network, run, with the name of this ZIP:")
	line("       agenttrail verify BUNDLE.zip --key '%s'", d.in.Cite.Key)
	line("     Or, with Python and a program that shares no code with it:")
	line("       python3 verify.py BUNDLE.zip --key '%s'", d.in.Cite.Key)
	line("  3. “Holds” means: every file here is the one that was issued, every action that the report cites one by one is in the signed ledger")
	line("     exactly as it stands here, and nobody changed either since. “Does not hold” names the file: do not rely on the bundle then.")
	line("  It cannot show that the logs of the systems were complete or true. The report says what is known about that.\n")
	line("WHAT LIES HERE")
	for _, f := range bundleContents(o, len(d.doc.Cited) > 0) {
		line("  %-18s %s", f[0], f[1])
	}
	if beside > 0 {
		line("\n  Beside the ZIP, in a folder of its name with “-actions” behind it: all actions, a file a receipt (%d), each receipt whole. Keep the folder next to the ZIP.", beside)
	}
	line("\nPERSONS")
	switch {
	case o.subjectCopy():
		line("  This copy is for the person it is about. Actions and policies are not in it, because they name others.")
	default:
		line("  The report says who is named in it. %s holds the cited actions as the logs state them, with everybody's name. To hand the", bundle.Proofs)
		line("  bundle on without them, take that file out of the ZIP: the check then says that it is missing, and the rest still holds.")
	}
	return []byte(b.String())
}

func bundleContents(o reportOptions, cites bool) [][2]string {
	list := [][2]string{
		{bundle.PDF, "the report as issued, with its seal if it has one"},
		{bundle.Issue, "when, where and by what it was issued; the hashes of all files here"},
		{bundle.Attachments, "the tables of the report, and every question that was asked of the data"},
	}
	if cites {
		list = append(list, [2]string{bundle.Proofs, "a line a cited action: the action, and the hashes that lead from it to its receipt"})
	}
	if !o.subjectCopy() {
		list = append(list, [2]string{bundle.Policies, "the files that were in force: config without secrets, register, mappings. The name is the SHA-256"})
	}
	return append(list, [][2]string{
		{bundle.Entries, "the entries of the ledger that these rest on, and the hashes that lead from them to the note"},
		{bundle.Note, "the signed note: the state of the whole ledger when the report was issued"},
		{bundle.Key, "the public key of the ledger; know it from somewhere else"},
	}...)
}
