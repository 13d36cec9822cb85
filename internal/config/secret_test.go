package config

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const canary = "canary-7f3a"

// TestSecretModes: a secret that others can read or write is refused, with the remedy.
func TestSecretModes(t *testing.T) {
	for _, c := range []struct {
		mode fs.FileMode
		ok   bool
	}{{0o400, true}, {0o440, true}, {0o600, true}, {0o640, true}, {0o644, false}, {0o660, false}, {0o604, false}, {0o602, false}, {0o700, false}, {0o777, false}} {
		name := filepath.Join(t.TempDir(), "key")
		writeSecret(t, name, canary+"\n", c.mode)
		s, err := (&Reference{File: name}).Resolve(context.Background(), "")
		switch {
		case c.ok && (err != nil || s.Reveal() != canary):
			t.Errorf("mode %04o: %q, %v; want the secret without its line end", c.mode, s.Reveal(), err)
		case !c.ok && (err == nil || !strings.Contains(err.Error(), "chmod 600 "+name)):
			t.Errorf("mode %04o: err = %v, want a refusal with chmod 600", c.mode, err)
		}
	}
}

// TestSecretOfAnotherGroup: readable by a group is right only where that group is one of ours.
func TestSecretOfAnotherGroup(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to a group that it is not in")
	}
	name := filepath.Join(t.TempDir(), "key")
	writeSecret(t, name, canary, 0o640)
	if err := os.Chown(name, -1, 54321); err != nil {
		t.Fatal(err)
	}
	_, err := (&Reference{File: name}).Resolve(context.Background(), "")
	if err == nil || !strings.Contains(err.Error(), "group that is not ours") {
		t.Errorf("0640 of a foreign group: err = %v, want a refusal", err)
	}
}

func writeSecret(t *testing.T, name, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// TestResolve: each kind of reference gives the secret, or an error that names the reference and holds no secret.
func TestResolve(t *testing.T) {
	dir := t.TempDir()
	writeSecret(t, filepath.Join(dir, "key"), canary+"\r\n", 0o600)
	writeSecret(t, filepath.Join(dir, "empty"), "\n", 0o600)
	t.Setenv("AGENTTRAIL_TEST_SECRET", canary)
	t.Setenv("AGENTTRAIL_TEST_EMPTY", "")
	for _, c := range []struct {
		name string
		ref  Reference
		want string // the secret
		err  string // or what the error says
	}{
		{"env", Reference{Env: "AGENTTRAIL_TEST_SECRET"}, canary, ""},
		{"env unset", Reference{Env: "AGENTTRAIL_TEST_NOT_SET"}, "", "environment variable AGENTTRAIL_TEST_NOT_SET is not set"},
		{"env empty", Reference{Env: "AGENTTRAIL_TEST_EMPTY"}, "", "environment variable AGENTTRAIL_TEST_EMPTY is not set"},
		{"relative file", Reference{File: "key"}, canary, ""},
		{"no file", Reference{File: "nowhere"}, "", "nowhere does not exist"},
		{"empty file", Reference{File: "empty"}, "", "empty is empty"},
		{"exec", Reference{Exec: []string{"echo", canary}}, canary, ""},
		{"exec fails", Reference{Exec: []string{"sh", "-c", "echo " + canary + "; echo " + canary + " >&2; exit 3"}}, "", "secret command sh: exit status 3"},
		{"exec without output", Reference{Exec: []string{"true"}}, "", "secret command true printed nothing"},
		{"no such command", Reference{Exec: []string{"agenttrail-no-such-command"}}, "", "secret command agenttrail-no-such-command"},
		{"nothing", Reference{}, "", "neither env nor file nor exec"},
	} {
		s, err := c.ref.Resolve(context.Background(), dir)
		switch {
		case c.err == "" && (err != nil || s.Reveal() != c.want):
			t.Errorf("%s: Resolve = %q, %v; want %q", c.name, s.Reveal(), err, c.want)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), canary)):
			t.Errorf("%s: Resolve error = %v; want %q and no secret", c.name, err, c.err)
		}
	}
}

// TestSecretIsRedacted: no way of printing a secret, alone or inside something, shows it.
func TestSecretIsRedacted(t *testing.T) {
	text := canary
	s := Secret{&text}
	holder := struct {
		Key  Secret
		List []Secret
		Ref  *Secret
		own  Secret
	}{s, []Secret{s}, &s, s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		for _, v := range []any{s, &s, []Secret{s}, map[string]Secret{"k": s}, holder, &holder} {
			if got := fmt.Sprintf(verb, v); leaks(got) {
				t.Errorf("Sprintf(%s, %T) = %s", verb, v, got)
			}
		}
	}
	j, err := json.Marshal(holder)
	if err != nil || leaks(string(j)) || !strings.Contains(string(j), redacted) {
		t.Errorf("json = %s, %v", j, err)
	}
	y, err := yaml.Marshal(holder)
	if err != nil || leaks(string(y)) || !strings.Contains(string(y), redacted) {
		t.Errorf("yaml = %s, %v", y, err)
	}
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("m", "secret", s, "holder", holder)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "secret", s, "holder", holder)
	if leaks(b.String()) || !strings.Contains(b.String(), redacted) {
		t.Errorf("slog = %s", b.String())
	}
	if got := fmt.Errorf("key %v: %w", s, os.ErrNotExist).Error(); leaks(got) {
		t.Errorf("error = %s", got)
	}
	if got := []string{fmt.Sprint(s), s.String(), s.GoString(), fmt.Sprintf("%s", s)}; strings.Join(got, "") != strings.Repeat(redacted, 4) {
		t.Errorf("String and its sisters = %q, want %s each", got, redacted)
	}
}

func leaks(s string) bool {
	hex := fmt.Sprintf("%x", canary)
	return strings.Contains(s, canary) || strings.Contains(strings.ToLower(s), hex)
}

// FuzzLoad: whatever a file holds, Load ends with a config or with mistakes that have a place, and never panics.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.yaml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("seeds: %d, %v", len(files), err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		name := filepath.Join(t.TempDir(), "agenttrail.yaml")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := Load(name); err == nil && (c.Trail == "" || c.Tenant == "" || len(c.Sources) == 0) {
			t.Errorf("Load accepted a config without trail, tenant or sources:\n%s", data)
		}
	})
}
