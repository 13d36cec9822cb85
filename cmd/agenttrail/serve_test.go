package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestServe: it runs at once, the page shows what came of it, and the end of its context ends it with 0; a second one may stand beside it.
func TestServe(t *testing.T) {
	file := newHome(t, "", "")
	text := "trail: ./trail\ntenant: acme\nregister: agents.yaml\nkey: {file: trail.key}\nsources:\n  - {name: crm, format: agenttrail.approvals, folder: inbox}\nserve: {listen: \"127.0.0.1:0\"}\nlog: {format: json}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(filepath.Dir(file), "inbox"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithTimeout(t.Context(), time.Minute)
	defer end()
	read, write := io.Pipe()
	done := make(chan int, 1)
	a := &app{in: strings.NewReader(""), out: io.Discard, err: write, now: func() time.Time { return nightNow }}
	go func() {
		done <- a.run(ctx, []string{"--config", file, "serve"})
		write.Close()
	}()
	var said bytes.Buffer
	address := ""
	for b := make([]byte, 4096); !strings.Contains(said.String(), `"next run"`); {
		n, err := read.Read(b)
		if said.Write(b[:n]); err != nil {
			t.Fatalf("serve ended: %v\n%s", err, said.String())
		}
	}
	go io.Copy(io.Discard, read)
	if m := regexp.MustCompile(`"address":"([^"]+)"`).FindStringSubmatch(said.String()); m != nil {
		address = m[1]
	}
	if want := `"next run","at":"2023-07-13T03:00:00Z"`; !strings.Contains(said.String(), want) || !strings.Contains(said.String(), `"state":"complete"`) {
		t.Errorf("serve says %s; want a complete run, and %s", said.String(), want)
	}
	for path, want := range map[string]string{"/": "Everything that is due was read", "/healthz": "ok\n", "/metrics": `agenttrail_run_state{state="complete"} 1`} {
		res, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("GET %s = %d %v %.300s, want %q", path, res.StatusCode, err, body, want)
		}
	}
	wantRun(t, 0, "--config", file, "run", "--due") // serve holds nothing between its runs
	end()
	if code := <-done; code != 0 {
		t.Errorf("serve ends with %d, want 0", code)
	}
}
