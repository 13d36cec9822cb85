package reports

import "slices"

// Slim is a copy of a document that holds no attachment but the manifest, for those whose mail takes no large files. Its subtitle and its page of
// attachments say so.
func Slim(doc *Document) *Document {
	slim := *doc
	slim.Subtitle += " (copy without attachments)"
	slim.Files = nil
	for _, f := range doc.Files {
		if f.Name == manifestName {
			slim.Files = append(slim.Files, f)
		}
	}
	slim.Sections = slices.Clone(doc.Sections)
	for i, s := range slim.Sections {
		if s.Title != wordAttached {
			continue
		}
		s.Blocks = slices.Clone(s.Blocks)
		s.Blocks[0] = paragraph("This copy has the list of the files only. They lie inside the report as it was issued, and in its bundle, under these names and with these hashes.")
		slim.Sections[i] = s
	}
	return &slim
}
