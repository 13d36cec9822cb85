package config

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agenttrail/ingest/api"
	"agenttrail/internal/lists"
	"agenttrail/internal/strictyaml"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the *.want files anew")

// TestBad: every mistake of a file is told at once, with file, line, column and remedy. The message stands beside the file.
func TestBad(t *testing.T) {
	t.Chdir("testdata")
	files, err := filepath.Glob("*.bad.yaml")
	if err != nil || len(files) < 15 {
		t.Fatalf("testdata: %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".bad.yaml"), func(t *testing.T) {
			first := messages(t, file)
			want := strings.TrimSuffix(file, ".bad.yaml") + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(first), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(text), first); diff != "" {
				t.Errorf("Load(%s), want - got +\n%s", file, diff)
			}
			for range 20 { // a map has another order each time it is walked
				if again := messages(t, file); again != first {
					t.Fatalf("Load(%s) says\n%sthe first time, and later\n%s", file, first, again)
				}
			}
		})
	}
}

// messages loads a bad file, and wants nothing but mistakes that name a place.
func messages(t *testing.T, file string) string {
	t.Helper()
	_, err := Load(file)
	var mistakes strictyaml.Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("Load(%s) = %v, want mistakes", file, err)
	}
	for _, m := range mistakes {
		if m.File == "" || m.Message == "" || m.Line == 0 && !strings.Contains(m.Message, "stands in") && !strings.Contains(m.Message, "several documents") {
			t.Errorf("Load(%s): a mistake without its place: %+v", file, m)
		}
	}
	return mistakes.Error() + "\n"
}

// TestSecretsAreNotRepeated: what stands in clear in a secret's place appears in no message.
func TestSecretsAreNotRepeated(t *testing.T) {
	t.Chdir("testdata")
	data, err := os.ReadFile("secret-in-clear.bad.yaml")
	if err != nil || strings.Count(string(data), "canary-") != 5 {
		t.Fatalf("the file has %d canaries, want 5: %v", strings.Count(string(data), "canary-"), err)
	}
	got := messages(t, "secret-in-clear.bad.yaml")
	if strings.Contains(got, "canary") || strings.Count(got, "\n") != 5 {
		t.Errorf("messages = %s; want 5 lines without the secrets", got)
	}
}

// TestGood: the example of the commands page, as far as this version goes, is read whole.
func TestGood(t *testing.T) {
	c, err := Load(filepath.Join("testdata", "good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	s := c.Sources[0]
	for _, l := range []struct {
		what      string
		got, want any
	}{
		{"trail", c.Path(c.Trail), filepath.Join(c.Dir, "trail")},
		{"tenant", c.Tenant, "acme"},
		{"zone", c.Location.String(), "Europe/Berlin"},
		{"fiscal year", c.FiscalStart, Month(4)},
		{"key", *c.Key, Reference{File: "/etc/agenttrail/trail.key"}},
		{"names", c.Names(), []string{"cloudtrail", "tickets", "crm", "agents", "workspace"}},
		{"api", []any{c.Sources[4].Vendor.Name, c.Sources[4].Format, c.Sources[4].Reads.Name, c.Sources[4].Rate.Rate, c.Sources[4].Kept}, []any{"google.reports", "google.reports", "google.reports", api.Rate{N: 90, Per: time.Minute}, Kept{Never: true}}},
		{"oauth", *c.Sources[4].OAuth, OAuth{ServiceAccount: &Reference{File: "google-reader.json"}, Subject: "audit-reader@acme.example"}},
		{"s3", *s.S3, S3{Bucket: "acme-logs", Prefix: "AWSLogs/", Region: "eu-central-1"}},
		{"role", *s.Role, Role{ARN: "arn:aws:iam::111122223333:role/agenttrail-read", ExternalID: &Reference{Env: "AGENTTRAIL_EXTERNAL_ID"}}},
		{"flags", []any{s.Endpoint, s.Path, s.Payer, s.Include, len(s.Exclude)}, []any{"https://s3.example.com", true, true, []string{"**/*.json.gz"}, 0}},
		{"times", []any{s.Since.Time, s.Window, s.Location, s.Schedule, s.Lag.Duration, s.Gap.Duration}, []any{day(2026, 7, 1), "day", time.UTC, "30 2 * * *", 30 * time.Minute, 6 * time.Hour}},
		{"folder", c.Path(c.Sources[1].Folder), "/var/exports/approvals"},
		{"relative folder", c.Path(c.Sources[2].Folder), filepath.Join(c.Dir, "inbox", "crm")},
		{"dataset", c.Sources[2].MapFile.Dataset, "crm.export"},
		{"no source", c.NoSource, []NoSource{{"hubspot", "our plan has no audit log", "dana@acme.example", Date{day(2027, 3, 31)}}}},
		{"elasticsearch", *c.Elasticsearch, Elasticsearch{Addresses: []string{"https://es.acme.example:9200"}, APIKey: &Reference{File: "/run/secrets/agenttrail-es"},
			CAFile: "/etc/agenttrail/es-ca.pem", SetupKey: &Reference{Exec: []string{"print-secret", "agenttrail-es-setup"}}}},
		{"index", c.Index, Index{Who: "all", Prefix: "agenttrail"}},
		{"reports", c.Reports, []Report{{Kind: "audit", Schedule: "quarterly"}, {Kind: "access-review", Schedule: "quarterly", Deliver: "/srv/compliance/agenttrail"}}},
		{"notify", c.Notify, []Notify{{Exec: []string{"/usr/local/bin/page-us", "--quiet"}}, {Webhook: &Webhook{URL: &Reference{Env: "HOOK_URL"}}, On: []string{"failed", "report"}}}},
		{"heartbeat", c.Heartbeat.URL, "https://beat.example.com/agenttrail"},
		{"metrics file", c.MetricsFile, "/var/lib/node_exporter/agenttrail.prom"},
		{"serve", c.Serve, Serve{Listen: "0.0.0.0:8490", Token: &Reference{File: "/run/secrets/agenttrail-page"}}},
		{"log", c.Log, Log{Format: "json", Level: "warn"}},
		{"alarm", s.Alarm.Next(day(2026, 7, 1)), day(2026, 7, 1).Add(2*time.Hour + 30*time.Minute)},
		{"agents", c.Register.Agents[0].ID, "agt-refund-01"},
		{"people", []any{c.Lists.People.Len(), c.Lists.People.Employed("KIM@acme.example", day(2026, 8, 1))}, []any{3, lists.Gone}},
		{"subjects", c.Lists.Subjects.Find("crm:17")[0].ID, "C-1"},
		{"permissions", c.Lists.Permissions.Permissions[0].Words, "can refund a charge"},
		{"data rules", c.Lists.DataRules.Rules[0].Categories, []string{"financial", "pii"}},
	} {
		if diff := cmp.Diff(l.want, l.got, cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); diff != "" {
			t.Errorf("%s, want - got +\n%s", l.what, diff)
		}
	}
}

// TestPolicies: every file that decides what the tool says is kept with its exact bytes, and its hash stands in the version of the mapping.
func TestPolicies(t *testing.T) {
	c, err := Load(filepath.Join("testdata", "good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, p := range c.Policies {
		got = append(got, fmt.Sprintf("%s %s %x", p.Kind, p.Name, sha256.Sum256(p.Data)))
	}
	sums := map[string]string{}
	for _, f := range []struct{ kind, name string }{{"register", "agents.yaml"}, {"people", "people.csv"}, {"subjects", "subjects.csv"}, {"permissions", "permissions.yaml"}, {"data_rules", "data.yaml"}, {"mapping", "crm.mapping.yaml"}, {"tools", "tools.yaml"}} {
		data, err := os.ReadFile(filepath.Join("testdata", f.name))
		if err != nil {
			t.Fatal(err)
		}
		sums[f.name] = fmt.Sprintf("%x", sha256.Sum256(data))
		want = append(want, f.kind+" "+f.name+" "+sums[f.name])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Policies, want - got +\n%s", diff)
	}
	for name, suffix := range map[string]string{"crm": "+m:" + sums["crm.mapping.yaml"], "agents": "+t:" + sums["tools.yaml"]} {
		s, ok := c.Source(name)
		if !ok || !strings.HasSuffix(s.Reads.Version, suffix) {
			t.Errorf("source %s: version %q, want one that ends in %s", name, s.Reads.Version, suffix)
		}
	}
	if s, _ := c.Source("cloudtrail"); strings.Contains(s.Reads.Version, "+") {
		t.Errorf("source cloudtrail: version %q names a file, and it has none", s.Reads.Version)
	}
}

// TestRegisterFolder: the register may be a folder; each YAML file in it is a part, in the order of their names.
func TestRegisterFolder(t *testing.T) {
	t.Chdir("testdata")
	text := "trail: ./trail\ntenant: acme\nregister: register\nsources:\n  - {name: tickets, format: agenttrail.approvals, folder: inbox}\n"
	file := filepath.Join(t.TempDir(), "agenttrail.yaml")
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(text, "register: register", "register: "+filepath.Join(dir, "register"), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	var agents, files []string
	for _, a := range c.Register.Agents {
		agents = append(agents, a.ID)
	}
	for _, p := range c.Policies {
		files = append(files, p.Kind+" "+p.Name)
	}
	if diff := cmp.Diff([]string{"agt-refund-01", "agt-sales-02"}, agents); diff != "" {
		t.Errorf("agents, want - got +\n%s", diff)
	}
	// Outside of the config's folder only the name is kept: the ledger names no folder of the machine.
	if diff := cmp.Diff([]string{"register refund.yaml", "register sales.yaml"}, files); diff != "" {
		t.Errorf("policies, want - got +\n%s", diff)
	}
}

// TestNoFile: a config that is not there is no mistake in it.
func TestNoFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "agenttrail.yaml"))
	if err == nil || !strings.Contains(err.Error(), "agenttrail init") {
		t.Errorf("Load of no file = %v, want the remedy agenttrail init", err)
	}
}

// TestCloudAddress: a cloud id names the address; what is none is told, and never made into one.
func TestCloudAddress(t *testing.T) {
	id := func(s string) string { return "acme:" + base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, c := range []struct{ id, want string }{
		{id("eu.cloud.example.com$0a1b$2c3d"), "https://0a1b.eu.cloud.example.com:443"},
		{id("eu.cloud.example.com:9243$0a1b$"), "https://0a1b.eu.cloud.example.com:9243"},
		{id("eu.cloud.example.com$0a1b:9244$2c3d"), "https://0a1b.eu.cloud.example.com:9244"},
		{"a:b:" + id("eu.example.com$0a1b$2c3d")[5:], "https://0a1b.eu.example.com:443"},
		{id("eu.cloud.example.com"), ""},
		{id("eu.example.com/path$0a1b$"), ""},
		{id("user@eu.example.com$0a1b$"), ""},
		{id("$0a1b$"), ""},
		{"acme:***", ""},
		{"", ""},
	} {
		got, err := cloudAddress(c.id)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("cloudAddress(%q) = %q, %v; want %q", c.id, got, err, c.want)
		}
	}
}
