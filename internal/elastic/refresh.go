package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// A Rejudged says what became of the documents whose judgement was to be brought up to date: Looked = Changed + Same + Absent + Reduced.
type Rejudged struct {
	Looked  int64 // actions
	Changed int64
	Same    int64 // the document says so already
	Absent  int64 // there is no document: the index is behind, or leaves the action out
	Reduced int64 // the document stands there in a reduced form without judgements
}

// rejudgeBatch is how many documents are compared at once.
const rejudgeBatch = 1000

// Rejudge brings the judged members of documents up to date and touches nothing else. each yields ids, and what their documents should say now
// (agenttrail.AppendJudged). A document that another refresh changed meanwhile is read again.
func (c *Client) Rejudge(ctx context.Context, each func(yield func(id string, judged []byte) error) error) (r Rejudged, err error) {
	if err := c.Refresh(ctx); err != nil {
		return r, err
	}
	batch := map[string][]byte{}
	settle := func() error {
		defer clear(batch)
		return c.rejudge(ctx, batch, &r)
	}
	err = each(func(id string, judged []byte) error {
		if batch[id] = bytes.Clone(judged); len(batch) < rejudgeBatch {
			return nil
		}
		return settle()
	})
	if err == nil {
		err = settle()
	}
	if err == nil && r.Changed > 0 {
		err = c.Refresh(ctx)
	}
	return r, err
}

// rejudgeTries is how often a batch is read again because others were faster.
const rejudgeTries = 5

func (c *Client) rejudge(ctx context.Context, batch map[string][]byte, r *Rejudged) error {
	r.Looked += int64(len(batch))
	for range rejudgeTries {
		if len(batch) == 0 {
			return nil
		}
		found, err := c.judgedNow(ctx, sortedNames(batch))
		if err != nil {
			return err
		}
		var body []byte
		var sent []string
		left := map[string][]byte{}
		for i := range found {
			h := &found[i]
			lines, state, err := h.update(batch[h.ID])
			switch {
			case err != nil:
				return err
			case state == upToDate:
				r.Same++
			case state == reducedForm:
				r.Reduced++
			default:
				body, sent, left[h.ID] = append(body, lines...), append(sent, h.ID), batch[h.ID]
			}
		}
		r.Absent += int64(len(batch) - len(found))
		if batch = left; len(batch) == 0 {
			return nil
		}
		done, err := c.updates(ctx, body, sent)
		if err != nil {
			return err
		}
		for _, id := range done {
			delete(batch, id)
		}
		r.Changed += int64(len(done))
		if len(batch) > 0 { // what changed meanwhile is searchable after this
			if err := c.Refresh(ctx); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("%w: %d documents were changed by others each time that they were read", ErrUnavailable, len(batch))
}

// judgedNow reads the documents of some ids with what guards them against being overwritten.
func (c *Client) judgedNow(ctx context.Context, ids []string) ([]hit, error) {
	b, err := json.Marshal(object{"size": len(ids), "query": object{"terms": object{"agenttrail.id": ids}}, "seq_no_primary_term": true, "track_total_hits": true,
		"sort": []object{{"agenttrail.id": "asc"}}, "_source": object{"excludes": []string{"event.original", "message", "error.message"}}})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	no := false
	var answer snapshotAnswer
	if _, err := c.do(ctx, esapi.SearchRequest{Index: []string{c.ActionsAlias()}, Body: bytes.NewReader(b), AllowPartialSearchResults: &no}, &answer); err != nil {
		return nil, fmt.Errorf("search %s: %w", c.ActionsAlias(), err)
	}
	if err := answer.whole(true, 1); err != nil {
		return nil, fmt.Errorf("%w: search %s gave a partial answer: %w", ErrUnavailable, c.ActionsAlias(), err)
	}
	hits := answer.Hits.Hits
	if answer.Hits.Total.Value != int64(len(hits)) || len(hits) > len(ids) {
		return nil, fmt.Errorf("%w: %d of %d documents came for %d ids", ErrUnavailable, len(hits), answer.Hits.Total.Value, len(ids))
	}
	for i := 1; i < len(hits); i++ {
		if hits[i].ID == hits[i-1].ID {
			return nil, fmt.Errorf("action %s stands in %s and in %s (run: agenttrail index --rebuild)", hits[i].ID, hits[i-1].Index, hits[i].Index)
		}
	}
	return hits, nil
}

type judgedState int

const (
	turned judgedState = iota
	upToDate
	reducedForm
)

// judgedNames are the names of the members that may turn.
var judgedNames = func() map[string]bool {
	names := map[string]bool{}
	for _, f := range agenttrail.Fields() {
		names[f.Name] = agenttrail.Judged(&f)
	}
	return names
}()

func isJudged(name string) bool { return judgedNames[name] }

// update makes the lines of a bulk update that turns the members which differ from want, and no other. A member that is no longer judged becomes null.
func (h *hit) update(want []byte) (lines []byte, state judgedState, err error) {
	source, err := strictjson.Parse(h.Source)
	if err != nil {
		return nil, 0, fmt.Errorf("document %s of %s: %w", h.ID, h.Index, err)
	}
	reduced := false
	source.Get("tags").Each(func(t strictjson.Value) bool { reduced = reduced || t.Str() == "index_degraded"; return true })
	if reduced {
		return nil, reducedForm, nil
	}
	is := leaves{}
	is.gather("", source, isJudged)
	should, err := leavesOf(want, isJudged)
	if err != nil {
		return nil, 0, fmt.Errorf("BUG: judgement of %s: %w", h.ID, err)
	}
	names := is.differs(should)
	if len(names) == 0 {
		return nil, upToDate, nil
	}
	v, err := strictjson.Parse(want)
	if err != nil {
		return nil, 0, err
	}
	doc := object{}
	for _, name := range names {
		value := json.RawMessage("null")
		if _, ok := should[name]; ok {
			value = json.RawMessage(member(v, name).Raw())
		}
		place(doc, name, value)
	}
	lines = append(encode(object{"update": object{"_index": h.Index, "_id": h.ID, "if_seq_no": h.Sequence, "if_primary_term": h.PrimaryTerm}}), '\n')
	return append(append(lines, encode(object{"doc": doc})...), '\n'), turned, nil
}

func member(v strictjson.Value, name string) strictjson.Value {
	for step := range strings.SplitSeq(name, ".") {
		v = v.Get(step)
	}
	return v
}

// place puts a value under a dotted name.
func place(o object, name string, value any) {
	head, rest, nested := strings.Cut(name, ".")
	if !nested {
		o[head] = value
		return
	}
	inner, ok := o[head].(object)
	if !ok {
		inner = object{}
		o[head] = inner
	}
	place(inner, rest, value)
}

// updates sends them and returns the ids that are done; those that another was faster with are left out. Anything else is an error.
func (c *Client) updates(ctx context.Context, body []byte, ids []string) (done []string, err error) {
	var answer struct {
		Items []map[string]struct {
			ID     string `json:"_id"`
			Status int
			Error  struct{ Type, Reason string }
		}
	}
	if _, err := c.do(ctx, esapi.BulkRequest{Body: bytes.NewReader(body), FilterPath: bulkFilter}, &answer); err != nil {
		return nil, fmt.Errorf("update judgements: %w", err)
	}
	if len(answer.Items) != len(ids) {
		return nil, fmt.Errorf("%w: %d results for %d updates", ErrUnavailable, len(answer.Items), len(ids))
	}
	for i, result := range answer.Items {
		u, ok := result["update"]
		switch {
		case !ok || u.ID != ids[i]:
			return nil, fmt.Errorf("%w: result %d of the updates is not of %s", ErrUnavailable, i, ids[i])
		case u.Status == http.StatusOK:
			done = append(done, u.ID)
		case u.Status == http.StatusConflict:
		case u.Status == http.StatusForbidden:
			return nil, fmt.Errorf("%w: judgements may not be changed with this key, or the month is sealed: %s: %s (index --refresh uses elasticsearch.refresh_key)", ErrRefused, u.Error.Type, cutReason(u.Error.Reason))
		case u.Status == http.StatusTooManyRequests || u.Status >= 500:
			return nil, fmt.Errorf("%w: update: status %d, %s", ErrUnavailable, u.Status, u.Error.Type)
		default:
			return nil, fmt.Errorf("update %s: status %d, %s", u.ID, u.Status, u.Error.Type)
		}
	}
	return done, nil
}

// stateID is the one document of the receipts index that is no entry: what the judgements of all documents were made with.
const stateID = "state"

// JudgedAt is the ledger size that the judgements in the index were made with, of all actions of entries below it; 0: nobody knows.
func (c *Client) JudgedAt(ctx context.Context) (int64, error) {
	var answer struct {
		Source struct {
			Ledger struct{ Size int64 }
		} `json:"_source"`
	}
	status, err := c.do(ctx, esapi.GetRequest{Index: c.ReceiptsIndex(), DocumentID: stateID}, &answer, http.StatusNotFound)
	if err != nil {
		return 0, fmt.Errorf("state of the judgements: %w", err)
	}
	if status == http.StatusNotFound {
		return 0, nil
	}
	return answer.Source.Ledger.Size, nil
}

// SetJudgedAt says that the judgements of all actions below size are those of the ledger at size, where policy was in force. A later state stays.
func (c *Client) SetJudgedAt(ctx context.Context, size int64, policy string, now time.Time) error {
	index, err := c.serving(ctx)
	if err != nil {
		return err
	}
	if index == "" {
		return fmt.Errorf("%w: %s is not there (run: agenttrail index)", ErrBehind, c.ReceiptsIndex())
	}
	body := encode(object{"@timestamp": agenttrail.FormatTime(now), "ledger": object{"size": size}, "policy": policy})
	version := int(size)
	req := esapi.IndexRequest{Index: index, DocumentID: stateID, Body: bytes.NewReader(body), Version: &version, VersionType: "external_gte"}
	if _, err := c.do(ctx, req, nil, http.StatusConflict); err != nil {
		return fmt.Errorf("state of the judgements at ledger size %s: %w", strconv.FormatInt(size, 10), err)
	}
	return nil
}
