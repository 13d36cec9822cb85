package reports

import (
	"fmt"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// A Summary is what page one states, kept so that the next report can say what this one said.
type Summary struct {
	ID          string
	From, To    time.Time
	Size        int64     // of the ledger it was made from
	Time        time.Time // of the last entry
	Fingerprint string
	Status      string
	Practices   []Said
	Findings    []string // ids, as it listed them
}

// Said is one n of m of page one.
type Said struct {
	ID                     string
	Numerator, Denominator int64
}

// stated is what the report said about a practice.
func (s *Summary) stated(id string) string {
	for _, p := range s.Practices {
		if p.ID == id {
			return ofm(p.Numerator, p.Denominator)
		}
	}
	return wordNoData
}

func (a *account) summary() *Summary {
	s := &Summary{ID: a.id(), From: a.in.Period.From, To: a.in.Period.To, Size: a.in.Cite.Size, Time: a.in.Cite.Time, Fingerprint: a.in.Fingerprint, Status: a.status()}
	for _, id := range []string{practiceIdentity, practiceLogging, practiceScope, practiceLeave} {
		m := a.of(id)
		s.Practices = append(s.Practices, Said{id, m.Numerator, m.Denominator})
	}
	for i := range a.findings {
		s.Findings = append(s.Findings, a.findings[i].ID)
	}
	return s
}

// An Issue is what belongs to one issue of a document and not to its facts. It stands in issue.json beside the PDF.
type Issue struct {
	Report   string // id of the document
	Kind     string // audit
	Revision int64
	Issued   time.Time
	Host     string
	Run      string
	Trigger  string   // person, schedule
	Engine   string   // trail, elasticsearch
	Indices  []string // of elasticsearch: those that were read
	Indexed  int64    // of elasticsearch: actions in them below Size
	Command  string
	Build    string
	Go       string // version of the toolchain: the same bytes need the same one
	Size     int64  // of the ledger that the document was made from
	Root     string // hex
	Reason   string // of a revision after the first, as stated
	PDF      agenttrail.File
	Sealed   agenttrail.File   // the PDF with the issuer's signature behind it; empty path: not sealed
	Seal     string            // what the seal is, and what it lacks
	Bundle   []agenttrail.File // what the bundle holds beside the PDF, this note and the ledger's word; by name
	Summary  Summary
}

// EngineCluster is the Engine of a document whose facts came from the cluster.
const EngineCluster = "elasticsearch"

// Marshal writes the issue in canonical JSON. ParseIssue reads it back.
func (i *Issue) Marshal() []byte {
	o := object{}
	o.put("build", i.Build)
	if len(i.Bundle) > 0 {
		o.raw("bundle", fileObjects(i.Bundle))
	}
	o.put("command", i.Command)
	o.put("engine", i.Engine)
	o.put("go", i.Go)
	o.put("host", i.Host)
	if i.Engine == EngineCluster {
		o.number("indexed", i.Indexed)
		o.list("indices", i.Indices)
	}
	o.time("issued", i.Issued)
	o.put("kind", i.Kind)
	o.raw("pdf", fileObject(i.PDF))
	o.put("reason", i.Reason)
	o.put("report", i.Report)
	o.number("revision", i.Revision)
	o.put("root", i.Root)
	o.put("run", i.Run)
	o.put("seal", i.Seal)
	if i.Sealed.Path != "" {
		o.raw("sealed", fileObject(i.Sealed))
	}
	o.number("size", i.Size)
	o.raw("summary", i.Summary.text())
	o.put("trigger", i.Trigger)
	o.put("v", "1")
	return []byte(o.String())
}

func fileObject(f agenttrail.File) string {
	o := object{}
	o.put("path", f.Path)
	o.put("sha256", f.SHA256)
	o.number("size", f.Size)
	return o.String()
}

func fileObjects(list []agenttrail.File) string {
	texts := make([]string, len(list))
	for i, f := range list {
		texts[i] = fileObject(f)
	}
	return "[" + strings.Join(texts, ",") + "]"
}

func (s *Summary) text() string {
	var practices string
	for n, p := range s.Practices {
		o := object{}
		o.number("denominator", p.Denominator)
		o.put("id", p.ID)
		o.number("numerator", p.Numerator)
		if n > 0 {
			practices += ","
		}
		practices += o.String()
	}
	o := object{}
	o.list("findings", s.Findings)
	o.put("fingerprint", s.Fingerprint)
	o.time("from", s.From)
	o.put("id", s.ID)
	o.raw("practices", "["+practices+"]")
	o.number("size", s.Size)
	o.put("status", s.Status)
	o.time("time", s.Time)
	o.time("to", s.To)
	return o.String()
}

// ParseIssue reads an issue.json. Anything that Marshal would not have written is an error.
func ParseIssue(data []byte) (*Issue, error) {
	v, err := strictjson.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("issue.json: %w", err)
	}
	r := reading{v: v}
	i := &Issue{
		Report: r.text("/report"), Kind: r.text("/kind"), Revision: r.number("/revision"), Issued: r.time("/issued"), Host: r.text("/host"), Run: r.text("/run"),
		Trigger: r.text("/trigger"), Engine: r.text("/engine"), Command: r.text("/command"), Build: r.text("/build"), Go: r.text("/go"), Size: r.number("/size"), Root: r.text("/root"),
		Reason: r.text("/reason"), Seal: r.text("/seal"), PDF: r.file("/pdf"),
		Summary: Summary{
			ID: r.text("/summary/id"), From: r.time("/summary/from"), To: r.time("/summary/to"), Size: r.number("/summary/size"), Time: r.time("/summary/time"),
			Fingerprint: r.text("/summary/fingerprint"), Status: r.text("/summary/status"),
		},
	}
	v.Get("bundle").Each(func(f strictjson.Value) bool {
		e := reading{v: f}
		i.Bundle = append(i.Bundle, e.file(""))
		r.wrong = r.wrong || e.wrong
		return true
	})
	if v.At("/sealed").Exists() {
		i.Sealed = r.file("/sealed")
	}
	if i.Engine == EngineCluster {
		i.Indexed = r.number("/indexed")
		v.Get("indices").Each(func(name strictjson.Value) bool { i.Indices = append(i.Indices, name.Str()); return true })
	}
	v.At("/summary/practices").Each(func(p strictjson.Value) bool {
		e := reading{v: p}
		i.Summary.Practices = append(i.Summary.Practices, Said{e.text("/id"), e.number("/numerator"), e.number("/denominator")})
		r.wrong = r.wrong || e.wrong
		return true
	})
	v.At("/summary/findings").Each(func(id strictjson.Value) bool {
		i.Summary.Findings = append(i.Summary.Findings, id.Str())
		return true
	})
	if r.wrong || string(i.Marshal()) != string(data) {
		return nil, fmt.Errorf("issue.json: not as this version writes it: v %q", v.Get("v").Str())
	}
	return i, nil
}

// reading takes typed members out of a document and remembers whether one was not what it must be.
type reading struct {
	v     strictjson.Value
	wrong bool
}

func (r *reading) text(pointer string) string { return r.v.At(pointer).Str() }

func (r *reading) file(pointer string) agenttrail.File {
	return agenttrail.File{Path: r.text(pointer + "/path"), SHA256: r.text(pointer + "/sha256"), Size: r.number(pointer + "/size")}
}

func (r *reading) number(pointer string) int64 {
	n, ok := r.v.At(pointer).Int64()
	r.wrong = r.wrong || !ok
	return n
}

func (r *reading) time(pointer string) time.Time {
	s := r.text(pointer)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(agenttrail.TimeLayout, s)
	r.wrong = r.wrong || err != nil
	return t
}
