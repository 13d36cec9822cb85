package elastic

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"agenttrail"
)

// A rule of the index's own findings.
type rule struct{ id, name, message string }

var (
	ruleDegraded = rule{"index_degraded", "Document was not taken whole", "Elasticsearch did not take this document as it is: it stands in the index in a reduced form, and whole in the trail."}
	ruleRejected = rule{"index_rejected", "Document was taken in no form", "Elasticsearch took this document in no form: it is not in the index, and whole in the trail."}
)

// A finding is what happened to one document. why holds the type of the refusal and the field, never a value.
type finding struct {
	rule
	of  item
	why string
}

// key is the same for the same finding, whoever makes it and however often.
func (f finding) key() string {
	sum := sha256.Sum256([]byte(f.rule.id + "|" + f.of.id))
	return hex.EncodeToString(sum[:16])
}

func (f finding) document(at string) []byte {
	doc := object{
		"@timestamp": at, "message": f.message, "rule": object{"id": f.rule.id, "name": f.rule.name},
		"event":      object{"kind": "alert", "ingested": at, "reason": f.why},
		"agenttrail": object{"id": f.of.id},
	}
	was := f.of.doc
	if f.of.whole != nil {
		was = f.of.whole
	}
	if full, err := decode(was); err == nil {
		for _, path := range [][]string{{"@timestamp"}, {"event", "dataset"}, {"agenttrail", "receipt"}} {
			copyPath(doc, full, path)
		}
	}
	doc["@timestamp"] = at // of the finding: that of the document may be what is wrong
	return encode(doc)
}

// report puts findings into their index.
func (k courier) report(ctx context.Context, found []finding) error {
	if len(found) == 0 {
		return nil
	}
	at := agenttrail.FormatTime(k.now())
	items := make([]item, len(found))
	for i, f := range found {
		items[i] = item{index: k.c.FindingsIndex(), id: f.key(), doc: f.document(at), form: bare}
	}
	stats, err := k.deliver(ctx, items)
	if err != nil {
		return fmt.Errorf("index findings: %w", err)
	}
	if stats.Rejected > 0 {
		return fmt.Errorf("%w: %s does not take findings", ErrSetup, k.c.FindingsIndex())
	}
	return nil
}
