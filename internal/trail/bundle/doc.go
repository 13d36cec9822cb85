// Package bundle writes what goes to an auditor with a report, and checks it offline: the PDF, what it was made from, and the proofs that lead from
// each cited action to a signed note. docs/format.md has the format.
//
// Trust flows one way: key, note, entries (by their paths), the report's entry, its issue.json, and all files that this names. Beside that, each cited
// action leads on its own through its table's root and its receipt to the same note. Nothing here draws or judges.
package bundle

// Names of the files that every bundle has. What else it holds, issue.json names.
const (
	PDF     = "report.pdf"
	Issue   = "issue.json"
	Entries = "entries.jsonl"
	Note    = "note.txt"
	Key     = "verifier.txt"
	Readme  = "README.txt"
	Proofs  = "proofs.jsonl" // of the cited actions; a bundle without cited actions has none

	Policies    = "policy/"      // <sha256>: the files that were in force
	Attachments = "attachments/" // the files that lie inside the PDF
	Actions     = "actions/"     // <12 digits>.ndjson: all actions of a receipt; these stand beside the bundle
)

// A File is one file of a bundle.
type File struct {
	Name string
	Data []byte
}
