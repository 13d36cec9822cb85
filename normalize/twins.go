package normalize

import "crypto/sha256"

// A toolCall is what tells the spans of one tool call from those of another.
type toolCall struct {
	trace, span, parent, tool, id string
	agent                         bool  // the span names the agent
	mcp                           bool  // it is the protocol's span, without a GenAI operation of its own
	at                            int64 // offset of the span
}

// twins finds the spans that tell of a tool call which the object already has: an agent framework and a protocol library often write one each.
//
// Spans with the same call id in one trace are one call. Without an id, a span is a twin when its parent is a call of the same tool, or when it is the
// protocol's span beside the framework's under one parent. The span that names the agent is kept, else the outer one, else the first. Two calls of one tool
// under one parent stay two calls.
type twins struct {
	calls []toolCall
	drop  map[int64]bool
	seen  map[[16]byte]bool // calls of earlier elements of the object
}

func newTwins() *twins { return &twins{drop: map[int64]bool{}, seen: map[[16]byte]bool{}} }

func (t *twins) begin() {
	t.calls = t.calls[:0]
	clear(t.drop)
}

func (t *twins) add(c toolCall) { t.calls = append(t.calls, c) }

// settle decides which of the calls added since begin are twins.
func (t *twins) settle() {
	t.byParent()
	t.byPlace()
	t.byID()
	for i := range t.calls {
		if c := &t.calls[i]; !t.drop[c.at] {
			t.seen[callKey("span", c.trace, c.span, c.tool)] = true
			if c.id != "" {
				t.seen[callKey("id", c.trace, c.id)] = true
			}
		}
	}
}

// byParent keeps one of the spans that stand below each other and call the same tool.
func (t *twins) byParent() {
	spans := map[[16]byte]*toolCall{}
	for i := range t.calls {
		c := &t.calls[i]
		spans[callKey("span", c.trace, c.span, c.tool)] = c
	}
	kept := map[*toolCall]*toolCall{} // by the outermost
	for i := range t.calls {
		c := &t.calls[i]
		top := outermost(c, spans)
		best := kept[top]
		switch {
		case top == c:
			t.drop[c.at] = t.drop[c.at] || c.parent != "" && t.seen[callKey("span", c.trace, c.parent, c.tool)]
		case c.agent && best == nil && !top.agent:
			kept[top], t.drop[top.at] = c, true
		default:
			t.drop[c.at] = true
		}
	}
}

// outermost follows the parents of c as long as they are calls of the same tool. Parents in a ring lead nowhere: then it is c itself.
func outermost(c *toolCall, spans map[[16]byte]*toolCall) *toolCall {
	top := c
	for range 64 {
		up, ok := spans[callKey("span", top.trace, top.parent, top.tool)]
		if !ok || top.parent == "" || up.id != "" && top.id != "" && up.id != top.id {
			return top
		}
		top = up
	}
	return c
}

// byPlace drops the protocol's span beside the framework's: same parent, same tool, no id that says otherwise. One takes one.
func (t *twins) byPlace() {
	frameworks := map[[16]byte]int{}
	for i := range t.calls {
		if c := &t.calls[i]; !c.mcp && c.id == "" && c.parent != "" && !t.drop[c.at] {
			frameworks[callKey("place", c.trace, c.parent, c.tool)]++
		}
	}
	for i := range t.calls {
		c := &t.calls[i]
		if key := callKey("place", c.trace, c.parent, c.tool); c.mcp && c.id == "" && !t.drop[c.at] && frameworks[key] > 0 {
			frameworks[key]--
			t.drop[c.at] = true
		}
	}
}

// byID keeps one span of each call id.
func (t *twins) byID() {
	kept := map[[16]byte]*toolCall{}
	for i := range t.calls {
		c := &t.calls[i]
		if c.id == "" || t.drop[c.at] {
			continue
		}
		key := callKey("id", c.trace, c.id)
		old := kept[key]
		switch {
		case t.seen[key]:
			t.drop[c.at] = true
		case old == nil:
			kept[key] = c
		case c.agent && !old.agent:
			t.drop[old.at], kept[key] = true, c
		default:
			t.drop[c.at] = true
		}
	}
}

// callKey is short, so that an object with a million calls costs 16 bytes for each.
func callKey(parts ...string) (key [16]byte) {
	sum := sha256.New()
	for _, p := range parts {
		sum.Write([]byte(p))
		sum.Write([]byte{0})
	}
	copy(key[:], sum.Sum(nil))
	return key
}
