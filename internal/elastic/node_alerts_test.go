package elastic

import (
	"strings"
	"testing"
	"time"

	"agenttrail"
)

// TestAlerts: the same state of a finding is one document however often it is sent; a new state is a new one, and says what it must.
func TestAlerts(t *testing.T) {
	at := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	open := Alert{Finding: strings.Repeat("0a", 16), State: "open", Rule: "shadow_agent", Name: "Shadow agent", Severity: "high", About: "bot \u202e", Message: "2 actions", First: at, Last: at, Ingested: at, Action: "6ae85f20-" + strings.Repeat("0", 32)}
	closed := open
	closed.State, closed.Entry, closed.As = "closed", 7, agenttrail.AsAccepted
	if open.id() == closed.id() {
		t.Errorf("open and closed have one id: %s", open.id())
	}
	doc, err := decode(closed.document())
	if err != nil {
		t.Fatal(err)
	}
	if event := doc["event"].(object); event["kind"] != "alert" || doc["state"] != "closed" || doc["finding"].(object)["as"] != agenttrail.AsAccepted {
		t.Errorf("document of a closed finding = %v", doc)
	}
}
