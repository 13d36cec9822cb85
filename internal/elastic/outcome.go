package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

type outcomeKind int

const (
	created  outcomeKind = iota
	present              // the id is there: 409
	busy                 // try again
	blocked              // the index is not there or takes no writes: try again, it may just be replaced; then stop
	bad                  // the server does not take this document
	tooLarge             // nor this size
)

type outcome struct {
	kind    outcomeKind
	oneCopy bool
	why     string // type of the refusal and its field, without values
	err     error  // of blocked: how the run ends when it stays so
}

var (
	errTooLarge = errors.New("request is too large")
	errOverload = fmt.Errorf("%w: too many requests", ErrUnavailable)
)

var bulkFilter = []string{"errors", "items.*._id", "items.*.status", "items.*.error.type", "items.*.error.reason", "items.*._shards", "items.*.failure_store"}

// bulk sends one request and reads the outcome of each item. An error says that nothing is known of any of them.
func (c *Client) bulk(ctx context.Context, items []item) (outcomes []outcome, after time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.answerIn)
	defer cancel()
	res, err := esapi.BulkRequest{Body: bytes.NewReader(bulkBody(items)), FilterPath: bulkFilter}.Do(ctx, c.t)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrUnavailable, redactURL(err))
	}
	defer res.Body.Close()
	if s, e := strconv.Atoi(res.Header.Get("Retry-After")); e == nil && s >= 0 {
		after = min(time.Duration(s)*time.Second, time.Minute)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, after, fmt.Errorf("%w: answer was cut: %w", ErrUnavailable, err)
	case res.StatusCode == http.StatusRequestEntityTooLarge:
		return nil, after, errTooLarge
	case res.StatusCode == http.StatusTooManyRequests:
		return nil, after, fmt.Errorf("%w: %s", errOverload, reasonOf(body))
	case res.StatusCode != http.StatusOK:
		return nil, after, explain(res.StatusCode, body)
	}
	outcomes, err = readOutcomes(body, items)
	return outcomes, after, err
}

func bulkBody(items []item) []byte {
	size := 0
	for _, it := range items {
		size += it.size()
	}
	b := make([]byte, 0, size)
	for _, it := range items {
		b = append(b, `{"create":{"_index":"`...)
		b = append(b, it.index...)
		b = append(b, `","_id":"`...)
		b = append(b, it.id...)
		b = append(b, "\"}}\n"...)
		b = append(b, it.doc...)
		b = append(b, '\n')
	}
	return b
}

type bulkItem struct {
	ID     string `json:"_id"`
	Status int
	Error  struct{ Type, Reason string }
	Shards struct{ Total, Successful int } `json:"_shards"`
	Store  string                          `json:"failure_store"`
}

// readOutcomes reads the answer. One that is not JSON, or whose items are not those that were sent, says nothing.
func readOutcomes(body []byte, items []item) ([]outcome, error) {
	var answer struct{ Items []map[string]bulkItem }
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("%w: answer to a bulk request is no JSON", ErrUnavailable)
	}
	if len(answer.Items) != len(items) {
		return nil, fmt.Errorf("%w: %d results for %d documents", ErrUnavailable, len(answer.Items), len(items))
	}
	outcomes := make([]outcome, len(items))
	for i, m := range answer.Items {
		r, ok := m["create"]
		if !ok || r.ID != items[i].id {
			return nil, fmt.Errorf("%w: result %d is of another document", ErrUnavailable, i)
		}
		o, err := r.outcome(items[i])
		if err != nil {
			return nil, err
		}
		outcomes[i] = o
	}
	return outcomes, nil
}

// outcome reads one item's status. An error ends the run: going on would skip documents.
func (r bulkItem) outcome(it item) (outcome, error) {
	switch {
	case r.Status/100 == 2 && r.Store == "used":
		return outcome{kind: bad, why: "failure_store"}, nil
	case r.Status/100 == 2:
		return outcome{kind: created, oneCopy: r.Shards.Successful < r.Shards.Total}, nil
	case r.Status == http.StatusBadRequest:
		return outcome{kind: bad, why: r.why()}, nil
	case r.Status == http.StatusConflict:
		return outcome{kind: present}, nil
	case r.Error.Type == "cluster_block_exception" && r.Status != http.StatusServiceUnavailable:
		return outcome{kind: blocked, why: r.why(), err: fmt.Errorf("%w: index %s takes no writes: %s (%s)", ErrRefused, it.index, cutReason(r.Error.Reason), unblock(r.Error.Reason))}, nil
	case r.Status == http.StatusTooManyRequests, r.Status == 502, r.Status == 503, r.Status == 504:
		return outcome{kind: busy, why: r.why()}, nil
	case r.Status == http.StatusForbidden, r.Status == http.StatusUnauthorized:
		return outcome{}, fmt.Errorf("%w: the key may not create documents in %s: %s", ErrRefused, it.index, cutReason(r.Error.Reason))
	case r.Status == http.StatusNotFound:
		return outcome{kind: blocked, why: r.why(), err: fmt.Errorf("%w: index %s cannot be made (run: agenttrail setup elasticsearch)", ErrSetup, it.index)}, nil
	}
	return outcome{}, fmt.Errorf("elasticsearch: document %s: status %d, %s", it.id, r.Status, r.Error.Type)
}

// unblock is the remedy for an index that takes no writes.
func unblock(reason string) string {
	if strings.Contains(reason, "flood-stage") {
		return "free disk space on the cluster: it lets go by itself"
	}
	return "the month is sealed: take its write block off if it must still grow"
}

var fieldOf = regexp.MustCompile(`field \[([A-Za-z0-9_.@]{1,100})\]`)

// why is the type of a refusal and the field that it names, and nothing of the document.
func (r bulkItem) why() string {
	reason, _, _ := strings.Cut(r.Error.Reason, "Preview of")
	if m := fieldOf.FindStringSubmatch(reason); m != nil {
		return r.Error.Type + " of " + m[1]
	}
	return r.Error.Type
}
