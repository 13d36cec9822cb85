package lists

import (
	"fmt"
	"slices"
	"strings"

	"agenttrail"
	"agenttrail/internal/strictyaml"
)

// A Permission says what a permission of a system means.
type Permission struct {
	System     string   `yaml:"system"`
	Permission string   `yaml:"permission"` // verbatim, or the beginning of it and a '*'
	Words      string   `yaml:"words"`      // plain: "can refund a charge"
	Tier       string   `yaml:"tier"`       // read, standard, privileged; empty: not said
	Can        []string `yaml:"can"`        // verbs of the schema: send, pay, delete …
}

// Tiers of a permission.
const (
	TierRead       = "read"
	TierStandard   = "standard"
	TierPrivileged = "privileged"
)

// Permissions says what the permissions of systems mean.
type Permissions struct {
	Permissions []Permission `yaml:"permissions"`
}

// LoadPermissions reads the list. name is the file's name for messages. With any mistake there is no list.
func LoadPermissions(name string, data []byte) (*Permissions, strictyaml.Mistakes) {
	p := &Permissions{}
	doc := strictyaml.Decode(name, data, p)
	seen := map[[2]string]bool{}
	for i := range p.Permissions {
		one, at := &p.Permissions[i], fmt.Sprintf("permissions[%d]", i)
		key := [2]string{one.System, one.Permission}
		switch {
		case one.System == "" || one.Permission == "" || one.Words == "":
			doc.Add(at, "a permission needs system, permission and words", `write {system: stripe, permission: refund_write, words: "can refund a charge"}`)
		case seen[key]:
			doc.Add(at, fmt.Sprintf("permission %q of %q stands twice", one.Permission, one.System), "remove one of them")
		}
		seen[key] = true
		if one.Tier != "" && !slices.Contains([]string{TierRead, TierStandard, TierPrivileged}, one.Tier) {
			doc.Add(at+".tier", fmt.Sprintf("tier %q is unknown", one.Tier), "write read, standard or privileged")
		}
		for n, verb := range one.Can {
			if _, ok := agenttrail.LookupVerb(verb); !ok {
				doc.Add(fmt.Sprintf("%s.can[%d]", at, n), fmt.Sprintf("%q is no verb", verb), "the verbs are listed in the documentation of the schema: read, send, pay, delete …")
			}
		}
	}
	if len(doc.Mistakes) > 0 {
		return nil, doc.Sorted()
	}
	return p, nil
}

// Find says what a permission means: its own line before one by its beginning, the longest of those. ok is false when the list does not say.
func (p *Permissions) Find(system, permission string) (best Permission, ok bool) {
	if p == nil {
		return best, false
	}
	length := -1
	for _, one := range p.Permissions {
		if one.System != system {
			continue
		}
		if one.Permission == permission {
			return one, true
		}
		if n := matched(one.Permission, permission); n > length {
			best, length = one, n
		}
	}
	return best, length >= 0
}

// matched is how much of text a pattern that ends in '*' states; -1: it does not match.
func matched(pattern, text string) int {
	prefix, open := strings.CutSuffix(pattern, "*")
	switch {
	case open && strings.HasPrefix(text, prefix):
		return len(prefix)
	case pattern == text:
		return len(pattern)
	}
	return -1
}
