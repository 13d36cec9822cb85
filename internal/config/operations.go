package config

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"agenttrail/internal/strictyaml"
	"agenttrail/reports/frameworks"
)

// A Report is a document that is due whenever a month, a quarter or a year is over.
type Report struct {
	Kind      string `yaml:"kind"`
	Schedule  string `yaml:"schedule"`  // monthly, quarterly, yearly: also what it is about
	Framework string `yaml:"framework"` // of the kind framework
	Deliver   string `yaml:"deliver"`   // folder; empty: the trail alone keeps it

	Period     struct{} `yaml:"period,later"`
	Entity     struct{} `yaml:"entity,later"`
	Zone       struct{} `yaml:"zone,later"`
	Language   struct{} `yaml:"language,later"`
	Recipients struct{} `yaml:"recipients,later"`
}

// How often a report is due.
const (
	Monthly   = "monthly"
	Quarterly = "quarterly"
	Yearly    = "yearly"
)

// scheduledKinds are the reports that need nothing but a period. A case file is about somebody, and is asked for.
var scheduledKinds = []string{"audit", "access-review", "coverage", "framework"}

func (c *Config) checkReports(doc *strictyaml.Document) {
	for i := range c.Reports {
		r, at := &c.Reports[i], fmt.Sprintf("reports[%d]", i)
		if !slices.Contains(scheduledKinds, r.Kind) {
			doc.Add(at+".kind", fmt.Sprintf("%q is no kind of report that can be due", r.Kind), "use one of "+strings.Join(scheduledKinds, ", "))
		}
		if all := []string{Monthly, Quarterly, Yearly}; !slices.Contains(all, r.Schedule) {
			doc.Add(at+".schedule", fmt.Sprintf("%q is no schedule of a report", r.Schedule), "use one of "+strings.Join(all, ", "))
		}
		if known := frameworks.IDs(); r.Kind == "framework" && !slices.Contains(known, r.Framework) {
			doc.Add(at+".framework", fmt.Sprintf("%q is no framework", r.Framework), "use one of "+strings.Join(known, ", "))
		}
		if r.Kind != "framework" && r.Framework != "" {
			doc.Add(at+".framework", "only a report of kind framework has one", "remove it")
		}
		if strings.Contains(r.Deliver, "://") {
			doc.Add(at+".deliver", "delivery to a bucket is not in this version", "name a folder")
		}
		if slices.ContainsFunc(c.Reports[:i], func(o Report) bool {
			return o.Kind == r.Kind && o.Framework == r.Framework && o.Schedule == r.Schedule
		}) {
			doc.Add(at, fmt.Sprintf("the %s %s report stands twice", r.Schedule, r.Kind), "remove one")
		}
	}
}

// A Notify is somebody to tell about a run: a command or a webhook. It cannot harm the run.
type Notify struct {
	Exec    []string `yaml:"exec"` // gets the summary on its standard input
	Webhook *Webhook `yaml:"webhook"`
	On      []string `yaml:"on"` // NotifyFailed and its sisters; empty: failed and incomplete
}

// A Webhook is an address that takes the summary as JSON. The address is a secret: who has it may post.
type Webhook struct {
	URL *Reference `yaml:"url"`
}

// What a notice may be about.
const (
	NotifyFailed     = "failed"
	NotifyIncomplete = "incomplete"
	NotifyComplete   = "complete"
	NotifyReport     = "report" // a report was issued
)

// Wants says that the notice is wanted for any of these.
func (n *Notify) Wants(about ...string) bool {
	on := n.On
	if len(on) == 0 {
		on = []string{NotifyFailed, NotifyIncomplete}
	}
	return slices.ContainsFunc(about, func(a string) bool { return slices.Contains(on, a) })
}

// A Heartbeat is an address that is called after each complete run, and only then: who does not hear it knows that something is wrong, also where
// the machine is gone.
type Heartbeat struct {
	URL string `yaml:"url"`
}

// Serve says where the page listens.
type Serve struct {
	Listen string     `yaml:"listen"` // DefaultListen
	Token  *Reference `yaml:"token"`  // a bearer token; required off loopback
}

// DefaultListen is where the page listens unless the config says otherwise: this machine alone.
const DefaultListen = "127.0.0.1:8490"

// A Log says how a run and serve tell what they do.
type Log struct {
	Format string `yaml:"format"` // text, json
	Level  string `yaml:"level"`  // debug, info, warn, error
}

// checkOperations finds what is wrong with what surrounds a run, and fills in defaults.
func (c *Config) checkOperations(doc *strictyaml.Document) {
	for i := range c.Notify {
		checkNotify(doc, fmt.Sprintf("notify[%d]", i), &c.Notify[i])
	}
	if c.Heartbeat != nil {
		checkURL(doc, "heartbeat.url", c.Heartbeat.URL)
	}
	if c.MetricsFile != "" && filepath.Ext(c.MetricsFile) != ".prom" {
		doc.Add("metrics_file", fmt.Sprintf("%q is not what a node exporter reads", filepath.Base(c.MetricsFile)), "end its name in .prom")
	}
	if c.Serve.Listen == "" {
		c.Serve.Listen = DefaultListen
	}
	checkReference(doc, "serve.token", c.Serve.Token)
	host, _, err := net.SplitHostPort(c.Serve.Listen)
	switch {
	case err != nil:
		doc.Add("serve.listen", fmt.Sprintf("%q is no address to listen at", c.Serve.Listen), "write HOST:PORT, like "+DefaultListen)
	case !isLoopback(host) && c.Serve.Token == nil:
		doc.Add("serve.listen", "other machines can reach this address, and there is no token", "add token: {file: FILE}, or listen at "+DefaultListen)
	}
	checkWord(doc, "log.format", c.Log.Format, "text", "json")
	checkWord(doc, "log.level", c.Log.Level, "debug", "info", "warn", "error")
}

func checkNotify(doc *strictyaml.Document, at string, n *Notify) {
	if (len(n.Exec) > 0) == (n.Webhook != nil) {
		doc.Add(at, "a notice needs exactly one of exec and webhook", "")
	}
	if n.Webhook != nil && n.Webhook.URL == nil {
		doc.Add(at+".webhook", "no address", "add url: {env: NAME}, or file or exec")
	} else if n.Webhook != nil {
		checkReference(doc, at+".webhook.url", n.Webhook.URL)
	}
	for i, on := range n.On {
		if on == "review" || strings.HasPrefix(on, "finding") {
			doc.Add(fmt.Sprintf("%s.on[%d]", at, i), fmt.Sprintf("this version tells nobody about %q", on), "remove it")
			continue
		}
		checkWord(doc, fmt.Sprintf("%s.on[%d]", at, i), on, NotifyFailed, NotifyIncomplete, NotifyComplete, NotifyReport)
	}
}

// checkWord wants one of some words, or none.
func checkWord(doc *strictyaml.Document, at, word string, known ...string) {
	if word != "" && !slices.Contains(known, word) {
		doc.Add(at, fmt.Sprintf("%q is not known here", word), "use one of "+strings.Join(known, ", "))
	}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// CheckWebhook wants an address that a notice may be sent to. The error does not repeat it.
func CheckWebhook(text string) error {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return fmt.Errorf("the address of the webhook is no https address")
	}
	return nil
}
