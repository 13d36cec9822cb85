package kibana

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// kibana answers imports as Kibana does, and complains about what it would not take.
func kibana(t *testing.T, answer func(w http.ResponseWriter, lines int)) (*httptest.Server, *[]string) {
	t.Helper()
	paths := &[]string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*paths = append(*paths, r.URL.RequestURI())
		if r.Method != http.MethodPost || r.Header.Get("kbn-xsrf") == "" {
			http.Error(w, `{"statusCode":400,"error":"Bad Request","message":"Request must contain a kbn-xsrf header."}`, http.StatusBadRequest)
			return
		}
		if user, password, _ := r.BasicAuth(); r.Header.Get("Authorization") != "ApiKey secret" && (user != "ada" || password != "secret") {
			http.Error(w, `{}`, http.StatusUnauthorized)
			return
		}
		file, header, err := r.FormFile("file")
		if err != nil || !strings.HasSuffix(header.Filename, ".ndjson") {
			http.Error(w, `{"message":"no file"}`, http.StatusBadRequest)
			return
		}
		body, err := io.ReadAll(file)
		if err != nil {
			t.Error(err)
		}
		answer(w, bytes.Count(body, []byte("\n")))
	}))
	t.Cleanup(s.Close)
	return s, paths
}

// TestSend: only an answer that says that every object was taken is one.
func TestSend(t *testing.T) {
	says := func(text string) func(http.ResponseWriter, int) {
		return func(w http.ResponseWriter, _ int) { fmt.Fprint(w, text) }
	}
	for name, l := range map[string]struct {
		answer func(http.ResponseWriter, int)
		want   string // of the error; empty: none
	}{
		"all": {func(w http.ResponseWriter, n int) { fmt.Fprintf(w, `{"success":true,"successCount":%d}`, n) }, ""},
		"all rules": {func(w http.ResponseWriter, n int) {
			fmt.Fprintf(w, `{"success":true,"success_count":%d,"errors":[]}`, n)
		}, ""},
		"200 with errors": {func(w http.ResponseWriter, n int) {
			fmt.Fprintf(w, `{"success":true,"successCount":%d,"errors":[{"id":"x","type":"search","error":{"type":"missing_references"}}]}`, n)
		}, "the first is search x: missing_references"},
		"error of a rule": {says(`{"success":false,"success_count":0,"errors":[{"rule_id":"r1","error":{"status_code":400,"message":"no such index"}}]}`), "r1:  no such index"},
		"no success":      {func(w http.ResponseWriter, n int) { fmt.Fprintf(w, `{"success":false,"successCount":%d}`, n) }, "success: false"},
		"one short":       {func(w http.ResponseWriter, n int) { fmt.Fprintf(w, `{"success":true,"successCount":%d}`, n-1) }, "took 16 of 17"},
		"no count":        {says(`{"success":true}`), "does not say how many of 17"},
		"a page":          {says(`<html>`), "no JSON"},
		"a login":         {func(w http.ResponseWriter, _ int) { w.Header().Set("Location", "/login"); w.WriteHeader(302) }, "status 302"},
		"no right":        {func(w http.ResponseWriter, _ int) { w.WriteHeader(403) }, "refused the credential"},
		"no space":        {func(w http.ResponseWriter, _ int) { w.WriteHeader(404) }, "does the space exist"},
		"too old": {func(w http.ResponseWriter, _ int) {
			w.WriteHeader(422)
			fmt.Fprint(w, `{"message":"Document belongs to a more recent version"}`)
		}, "status 422: Document belongs"},
	} {
		s, _ := kibana(t, l.answer)
		err := Place{URL: s.URL + "/", APIKey: "secret"}.Send(context.Background(), Plan(options(t), "", false)[0])
		if l.want == "" && err != nil || l.want != "" && (err == nil || !strings.Contains(err.Error(), l.want)) {
			t.Errorf("%s: Send = %v, want %q", name, err, l.want)
		}
		if err != nil && strings.Contains(err.Error(), s.URL) {
			t.Errorf("%s: Send = %v names the address", name, err)
		}
	}
}

// TestSpace: a space has paths of its own, and a user logs in by password.
func TestSpace(t *testing.T) {
	s, paths := kibana(t, func(w http.ResponseWriter, n int) { fmt.Fprintf(w, `{"success":true,"successCount":%d}`, n) })
	for _, l := range Plan(options(t), "audit team", true) {
		if err := (Place{URL: s.URL, User: "ada", Password: "secret"}).Send(context.Background(), l); err != nil {
			t.Error(err)
		}
	}
	want := "[/s/audit%20team/api/saved_objects/_import?overwrite=true /s/audit%20team/api/detection_engine/rules/_import?overwrite=true]"
	if got := fmt.Sprint(*paths); got != want {
		t.Errorf("Send asked %s, want %s", got, want)
	}
	err := Place{URL: s.URL, User: "ada", Password: "wrong"}.Send(context.Background(), Plan(options(t), "", false)[0])
	if err == nil || strings.Contains(err.Error(), "wrong") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("Send with a wrong password = %v", err)
	}
	s.Close()
	if err := (Place{URL: s.URL}).Send(context.Background(), Plan(options(t), "", false)[0]); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("Send to nobody = %v", err)
	}
}
