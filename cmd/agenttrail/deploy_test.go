package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"agenttrail/internal/web"

	"github.com/goccy/go-yaml"
)

const deployFolder = "../../deploy"

func readText(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// readYAML reads a file of deploy as it stands.
func readYAML(t *testing.T, name string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := yaml.UnmarshalWithOptions([]byte(readText(t, filepath.Join(deployFolder, name))), &v, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

// at walks into nested YAML by keys and numbers.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for i, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("%v is %T, want keys", path[:i], v)
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || p >= len(l) {
				t.Fatalf("%v is %T, want a list", path[:i], v)
			}
			v = l[p]
		}
	}
	return v
}

// TestAlertRules: every alert says how urgent it is, asks for metrics that exist, and links to a heading that exists.
func TestAlertRules(t *testing.T) {
	headings := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(readText(t, "../../docs/operations.md"), -1) {
		anchor := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		headings[strings.ReplaceAll(anchor, " ", "-")] = true
	}
	rules, _ := at(t, readYAML(t, "prometheus/agenttrail.rules.yaml"), "groups", 0, "rules").([]any)
	if len(rules) < 8 {
		t.Fatalf("%d rules, want at least 8", len(rules))
	}
	known, asked := web.MetricNames(), map[string]bool{}
	for _, r := range rules {
		name, _ := at(t, r, "alert").(string)
		link, _ := at(t, r, "annotations", "runbook_url").(string)
		if _, anchor, _ := strings.Cut(link, "docs/operations.md#"); !headings[anchor] {
			t.Errorf("%s links to %q, which is no heading of docs/operations.md", name, link)
		}
		if s := at(t, r, "labels", "severity"); s != "page" && s != "ticket" {
			t.Errorf("%s has severity %v, want page or ticket", name, s)
		}
		metrics := regexp.MustCompile(`agenttrail_[a-z_]+`).FindAllString(at(t, r, "expr").(string), -1)
		if len(metrics) == 0 {
			t.Errorf("%s asks for no metric of ours", name)
		}
		for _, m := range metrics {
			if asked[m] = true; !slices.Contains(known, m) {
				t.Errorf("%s asks for %s, which does not exist (there are %v)", name, m, known)
			}
		}
	}
	if !asked["agenttrail_run_state"] || !asked["agenttrail_windows_owed"] {
		t.Errorf("no rule asks for the run's state or for owed windows: %v", asked)
	}
}

// TestCronJob: what the manifest promises of a pod that holds a signing key.
func TestCronJob(t *testing.T) {
	job := readYAML(t, "kubernetes/cronjob.yaml")
	pod := []any{"spec", "jobTemplate", "spec", "template", "spec"}
	in := func(more ...any) any { return at(t, job, append(slices.Clone(pod), more...)...) }
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"concurrencyPolicy", at(t, job, "spec", "concurrencyPolicy"), "Forbid"},
		{"restartPolicy", in("restartPolicy"), "Never"},
		{"runAsNonRoot", in("securityContext", "runAsNonRoot"), true},
		{"token of the service account", in("automountServiceAccountToken"), false},
		{"root file system", in("containers", 0, "securityContext", "readOnlyRootFilesystem"), true},
		{"privileges", in("containers", 0, "securityContext", "allowPrivilegeEscalation"), false},
		{"what is given up", at(t, job, "spec", "jobTemplate", "spec", "podFailurePolicy", "rules", 0, "action"), "FailJob"},
		{"mode of secrets", in("volumes", 1, "secret", "defaultMode"), uint64(0o440)},
	} {
		if c.got != c.want {
			t.Errorf("%s = %v (%T), want %v", c.what, c.got, c.got, c.want)
		}
	}
	if at(t, job, "spec", "startingDeadlineSeconds") == nil {
		t.Error("no startingDeadlineSeconds: a hundred missed starts would end the schedule")
	}
	var args []string
	for _, a := range in("containers", 0, "args").([]any) {
		args = append(args, a.(string))
	}
	checkCommand(t, args)
}

// TestUnits: what systemd starts is a command that exists, and a run that is incomplete is no failed unit.
func TestUnits(t *testing.T) {
	for _, name := range []string{"agenttrail.service", "agenttrail-serve.service"} {
		text := readText(t, filepath.Join(deployFolder, "systemd", name))
		m := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/agenttrail (.+)$`).FindStringSubmatch(text)
		if m == nil {
			t.Errorf("%s starts no agenttrail", name)
			continue
		}
		checkCommand(t, strings.Fields(m[1]))
		for _, want := range []string{"NoNewPrivileges=yes", "ProtectSystem=strict", "LoadCredential=", "TimeoutStopSec=30s"} {
			if !strings.Contains(text, "\n"+want) {
				t.Errorf("%s lacks %s", name, want)
			}
		}
	}
	if text := readText(t, filepath.Join(deployFolder, "systemd", "agenttrail.service")); !strings.Contains(text, "\nSuccessExitStatus=3\n") {
		t.Error("agenttrail.service takes an incomplete run for a failed unit")
	}
	if text := readText(t, filepath.Join(deployFolder, "systemd", "agenttrail.timer")); !strings.Contains(text, "\nPersistent=true\n") {
		t.Error("agenttrail.timer forgets nights in which the machine was off")
	}
}

// checkCommand wants a command line that the program takes.
func checkCommand(t *testing.T, args []string) {
	t.Helper()
	a := &app{in: strings.NewReader(""), out: io.Discard, err: &bytes.Buffer{}, now: time.Now}
	root := a.root()
	cmd, rest, err := root.Find(args)
	if err != nil || cmd == root {
		t.Errorf("%v is no command: %v", args, err)
		return
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%v: %v", args, err)
	}
}
