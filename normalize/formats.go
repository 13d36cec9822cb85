// Package normalize turns raw logs into records and actions: bytes of one object in, its records out, each with the exact place where it stands, its state,
// and what it says in the one schema of actions. It is pure: no clock, no network, no file. The same object gives the same records, for ever.
//
// The bytes pass through three steps, in one goroutine and with flat memory: the stream is unpacked, framing finds the records (lines, elements of an
// array, CSV rows, OTLP spans), and a mapping reads each. A mapping sees one object and nothing else.
//
// It repairs nothing, guesses nothing and drops nothing. A record is accepted, skipped by a named rule or rejected for a named reason (reasons.go); an
// object that cannot be read to its end is refused as a whole, by the error of Read. What a log does not say stays empty.
package normalize

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"agenttrail"
	"agenttrail/internal/strictyaml"
	"agenttrail/internal/unpack"
)

// A Format is one kind of log.
type Format struct {
	Name    string
	Version string   // of the mapping as built in; whoever reads a tool map or mapping file adds its hash
	Fields  []string // facts that it may set: the columns of its tables
	Tells   Tells    // which of the questions of an audit its records answer
	Plan    string   // what is needed at the vendor to have this log, and what remains without it
	Keeps   string   // how long the vendor keeps it

	// Read yields the records of o, in order, from its bytes as delivered. A record and all that hangs on it is valid until yield returns. Whatever error
	// comes after good records, be it of the bytes or of yield, ends the reading: the caller refuses the object, or stops. Read may be called by many
	// goroutines at once.
	Read func(o *agenttrail.Object, r io.Reader, yield func(*agenttrail.Record) error) error
}

// Options are what a source says beyond the name of its format.
type Options struct {
	Mapping *Mapping      // of the generic format, which needs one
	Tools   *Tools        // of formats that name tools; nil: every tool is verb other
	Limits  unpack.Limits // zero: the defaults
}

// Tells are questions of an audit. A format declares those that some record of it answers; its fixtures prove it, both ways.
type Tells uint8

// The questions.
const (
	TellsAgent   Tells = 1 << iota // which agent: the record itself says that it was one
	TellsPerson                    // which person acted, or stands behind the agent
	TellsLeave                     // who allowed it
	TellsReason                    // why, or where the prompt is
	TellsSubject                   // whose data it is about
	TellsProof                     // the source proves its own files
)

// Has says that t declares all of what.
func (t Tells) Has(what Tells) bool { return t&what == what }

// A format is a line of the list: read gives its way of reading an unpacked stream. A log format with a file of its own declares it there.
type format struct {
	name, version string
	fields        []string
	tells         Tells
	plan, keeps   string
	tools         bool // takes a tool map
	read          func(o Options) func(r *reading, w *window) error
}

var formats = []format{
	approvalsFormat,
	grantsFormat,
	activityFormat,
	sessionFormat,
	bedrockFormat,
	cloudtrailFormat,
	gcpFormat,
	{name: "generic", version: "1.0.0", plan: "none: whatever export there is", keeps: "by vendor",
		read: func(o Options) func(*reading, *window) error { return o.Mapping.read }},
	githubFormat,
	googleFormat,
	hubspotFormat,
	langfuseFormat,
	langsmithFormat,
	m365Format,
	ocsfFormat,
	oktaFormat,
	openaiAuditFormat,
	openaiComplianceFormat,
	claudeFormat,
	genaiFormat,
	agentforceFormat,
	eventlogFormat,
	setupFormat,
	slackFormat,
	snowflakeFormat,
	stripeFormat,
	zendeskFormat,
	ticketFormat,
	zoomFormat,
}

// errNoMapping is what the generic format says without a mapping.
var errNoMapping = errors.New("format generic needs a mapping: add mapping: FILE to the source, or --mapping FILE")

// Formats lists the formats in order of their names, without mapping and tool map: the generic one is there to be listed, not to be read with.
func Formats() (list []Format) {
	for _, f := range formats {
		list = append(list, f.with(Options{}))
	}
	return list
}

// Lookup finds a format and gives it what the source says. The error is for a person: what is wrong, and the remedy.
func Lookup(name string, o Options) (Format, error) {
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
	if i < 0 {
		return Format{}, unknownFormat(name)
	}
	f := formats[i]
	switch {
	case name == "generic" && o.Mapping == nil:
		return Format{}, errNoMapping
	case name == "generic" && o.Mapping.target == targetPerson:
		return Format{}, errors.New("a mapping with the target person is for the people list: name it as people_mapping, not at a source")
	case name != "generic" && o.Mapping != nil:
		return Format{}, fmt.Errorf("format %s takes no mapping: leave it out, or use format generic", name)
	case !f.tools && o.Tools != nil:
		return Format{}, fmt.Errorf("format %s takes no tool map: its records name no tools", name)
	}
	return f.with(o), nil
}

func unknownFormat(name string) error {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	if near := strictyaml.Nearest(name, names); near != "" {
		return fmt.Errorf("unknown format %q: did you mean %q?", name, near)
	}
	if name == "" {
		return errors.New("no format: agenttrail sources lists them")
	}
	return fmt.Errorf("unknown format %q: agenttrail sources lists them", name)
}

func (f format) with(o Options) Format {
	out := Format{Name: f.name, Version: f.version, Fields: f.fields, Tells: f.tells, Plan: f.plan, Keeps: f.keeps, Read: reader(o.Limits, f.read(o))}
	if o.Mapping != nil {
		out.Fields = o.Mapping.facts
	}
	return out
}
