package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"agenttrail/internal/testenv"
)

// registerOfTurns knows the refund bot; what it may do, and what needs leave, follows.
const registerOfTurns = `agents:
  - id: agt-refund-01
    name: Refund Bot
    owner: dana@example.com
    purpose: refunds
    status: active
    effective_from: 2026-07-01
    identities:
      - system: aws
        match: {role_arn: "arn:aws:iam::111122223333:role/RefundBotRole"}
`

const allowsReading = `    allowed:
      - {id: reading, system: aws.s3, verbs: [read]}
`

const needsLeave = `    approval_required:
      - {id: reading, system: aws.s3, verbs: [read]}
`

// lateApproval is by a person, before the action of the sample, and came after it was indexed.
const lateApproval = `approval_id,requested_by,asked_at,approver,decision,decided_at,agent_id,verb,resource_system
APR-1,dana@example.com,2026-11-02T09:55:40Z,lee@example.com,approved,2026-11-02T09:58:12Z,agt-refund-01,read,aws.s3
`

// TestIndexTurns: a changed register and a late approval change the documents whose judgement turned, and nothing else in them; what index --reconcile
// --all then compares is each document with what the trail and the judge say now.
func TestIndexTurns(t *testing.T) {
	n := testenv.Elasticsearch(t)
	dir, prefix := t.TempDir(), "t-turns-"+strings.ToLower(rand.Text()[:12])
	for _, name := range []string{"logs", "approvals"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	sample, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "aws.cloudtrail", "sample.json"))
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(filepath.Join(dir, "logs", "a.json"), string(sample))
	file := newHome(t, "    folder: "+filepath.Join(dir, "logs")+"\n", fmt.Sprintf("  - name: approvals\n    format: agenttrail.approvals\n    folder: %s\nelasticsearch: {addresses: [%q]}\nindex: {prefix: %s}\n",
		filepath.Join(dir, "approvals"), n.URL, prefix))
	register := filepath.Join(filepath.Dir(file), "agents.yaml")
	c := cluster{t, n.URL, prefix}
	t.Cleanup(c.clean)
	run := func(want int, says string, args ...string) {
		t.Helper()
		out, errs := wantRun(t, want, append([]string{"--config", file}, args...)...)
		if !strings.Contains(out+errs, says) {
			t.Errorf("%v says %q %q, want %q in it", args, out, errs, says)
		}
	}
	said := func(want string) {
		t.Helper()
		if got := c.count("-actions", `{"bool":{"filter":[{"term":{"event.action":"GetObject"}},`+want+`]}}`); got != 1 {
			t.Errorf("%d documents say %s, want 1", got, want)
		}
	}

	run(0, "", "setup", "elasticsearch")
	run(0, "", "ingest")
	run(0, "index: judgements are of now; none turned", "index")
	said(`{"bool":{"must_not":{"exists":{"field":"agenttrail.actor.owner"}}}}`)

	put(register, registerOfTurns+allowsReading)
	run(0, "", "ingest") // the register is a policy of the ledger from now on
	run(0, "but for their judgements", "index", "--reconcile", "--all")
	run(0, "1 document has turned", "index")
	said(`{"term":{"agenttrail.scope.in_scope":true}},{"term":{"agenttrail.actor.id":"agt-refund-01"}},{"term":{"related.user":"agt-refund-01"}},{"exists":{"field":"agenttrail.stated.actor.id"}}`)
	run(0, "none turned", "index", "--refresh")

	put(register, registerOfTurns+needsLeave)
	run(0, "", "ingest")
	run(0, "1 document has turned", "index", "--refresh")
	said(`{"term":{"agenttrail.authorization.state":"missing"}},{"term":{"agenttrail.scope.in_scope":false}}`)

	put(filepath.Join(dir, "approvals", "late.csv"), lateApproval)
	run(0, "", "ingest")
	run(0, "1 document has turned", "index")
	said(`{"term":{"agenttrail.authorization.state":"approved"}},{"term":{"agenttrail.authorization.id":"APR-1"}}`)
	run(0, `"judged": true`, "index", "--reconcile", "--all", "--json")

	put(register, "agents: []\n") // and back: what was judged goes away
	run(0, "", "ingest")
	run(0, "1 document has turned", "index")
	said(`{"bool":{"must_not":[{"exists":{"field":"agenttrail.actor.owner"}},{"exists":{"field":"agenttrail.scope.in_scope"}},{"term":{"related.user":"agt-refund-01"}}]}}`)
	run(0, "2 documents compared\n", "index", "--reconcile", "--all")
}

// TestReconcile: what somebody deleted is there again, what somebody changed or put there is named, becomes a finding, and fails the command.
func TestReconcile(t *testing.T) {
	dir, file, prefix := demoInCluster(t)
	n := testenv.Elasticsearch(t)
	c := cluster{t, n.URL, prefix}
	wantRun(t, 0, "--config", file, "index", "--reconcile", "--all")

	var answer struct {
		Hits struct {
			Hits []struct {
				Index  string          `json:"_index"`
				ID     string          `json:"_id"`
				Source json.RawMessage `json:"_source"`
			}
		}
	}
	c.ask(http.MethodPost, "/"+prefix+"-actions/_search", `{"size":2,"sort":["agenttrail.id"],"query":{"exists":{"field":"user.id"}}}`, &answer)
	gone, changed := answer.Hits.Hits[0], answer.Hits.Hits[1]
	all := c.count("-actions", `{"match_all":{}}`)
	for _, r := range [][3]string{
		{http.MethodDelete, "/" + gone.Index + "/_doc/" + gone.ID, ""},
		{http.MethodPost, "/" + changed.Index + "/_update/" + changed.ID, `{"doc":{"user":{"id":"nobody"},"agenttrail":{"scope":{"in_scope":true}}}}`},
		{http.MethodPut, "/" + gone.Index + "/_doc/forged", string(gone.Source)},
	} {
		if status := c.ask(r[0], r[1], r[2], nil); status/100 != 2 {
			t.Fatalf("%s %s: status %d", r[0], r[1], status)
		}
	}
	out, errs := wantRun(t, 1, "--config", file, "index", "--reconcile", "--all")
	for _, want := range []string{"index behind: 1 document was missing, 1 sent again", "index altered: action " + changed.ID, "user.id", "index altered: action forged", "the trail does not have it"} {
		if !strings.Contains(out, want) {
			t.Errorf("reconcile says\n%s\nwant %q in it", out, want)
		}
	}
	if !strings.Contains(errs, "index altered: 2 documents do not say what the trail says") {
		t.Errorf("reconcile fails with %q", errs)
	}
	if got := c.count("-findings", `{"term":{"rule.id":"index_altered"}}`); got != 2 {
		t.Errorf("%d findings, want 2", got)
	}
	if got := c.count("-actions", `{"match_all":{}}`); got != all+1 { // the forged one is still there
		t.Errorf("%d documents, want %d", got, all+1)
	}
	_, errs = wantRun(t, 1, "--config", file, "report", "audit", "--period", "2026-Q3", "--from-elasticsearch", "-o", filepath.Join(dir, "altered.pdf"))
	if !strings.Contains(errs, "1,") && !strings.Contains(errs, "in the index") {
		t.Errorf("the report of an altered index fails with %q", errs)
	}
	if status := c.ask(http.MethodDelete, "/"+gone.Index+"/_doc/forged", "", nil); status != http.StatusOK {
		t.Fatalf("delete the forged document: status %d", status)
	}
	out, _ = wantRun(t, 1, "--config", file, "index", "--reconcile", "--all")
	if strings.Contains(out, "forged") || strings.Contains(out, "index behind") || !strings.Contains(out, changed.ID) {
		t.Errorf("reconcile after the forged document went says\n%s\nwant the changed one alone", out)
	}
}
