package elastic

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// KeyLife is how long a new key is good for.
const KeyLife = 400 * 24 * time.Hour

// A Key is an API key that was just made. Nobody keeps it: whoever gets it shows it once.
type Key struct {
	Role, For string
	Name, ID  string
	Secret    string // as the config wants it
	Until     time.Time
}

// PutRoles puts the roles; it needs the right to manage security.
func (c *Client) PutRoles(ctx context.Context) error {
	for _, r := range c.RolePlan() {
		if _, err := c.do(ctx, r, nil); err != nil {
			return fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
		}
	}
	return nil
}

// KeyPlan is the request that makes the key of a role. Its name says until when it is good: a key cannot ask about itself.
func (c *Client) KeyPlan(role string, now time.Time) (Request, error) {
	r, err := c.role(role)
	if err != nil {
		return Request{}, err
	}
	return request(http.MethodPost, "/_security/api_key", object{
		"name":             c.keyName(r, now),
		"expiration":       fmt.Sprintf("%dd", KeyLife/(24*time.Hour)),
		"role_descriptors": object{c.RoleName(r): r.descriptor()},
		"metadata":         object{"application": "agenttrail", "role": r.Name},
	}), nil
}

func (c *Client) keyName(r Role, now time.Time) string {
	return c.prefix + "-" + r.Name + keyUntil + now.Add(KeyLife).UTC().Format(time.DateOnly)
}

const keyUntil = "-until-"

// MakeKey makes the key of a role. The rights of a key are its own and its maker's: one that cannot do its work is invalidated again, and the error says
// what its maker lacks.
func (c *Client) MakeKey(ctx context.Context, role string, now time.Time) (Key, error) {
	r, err := c.role(role)
	if err != nil {
		return Key{}, err
	}
	plan, err := c.KeyPlan(role, now)
	if err != nil {
		return Key{}, err
	}
	var made struct{ ID, Encoded string }
	if _, err := c.do(ctx, plan, &made); err != nil {
		return Key{}, fmt.Errorf("make the key %s: %w", r.Name, err)
	}
	k := Key{Role: r.Name, For: r.For, Name: c.keyName(r, now), ID: made.ID, Secret: made.Encoded, Until: now.Add(KeyLife)}
	if err := c.try(ctx, r, k); err != nil {
		return Key{}, errors.Join(err, c.invalidate(ctx, k.ID))
	}
	return k, nil
}

// try asks the cluster whether a new key can do its work.
func (c *Client) try(ctx context.Context, r Role, k Key) error {
	config := c.config
	config.APIKey = k.Secret
	with, err := New(config)
	if err != nil {
		return err
	}
	missing, _, err := with.Rights(ctx, r.Name)
	if err != nil {
		return fmt.Errorf("try the key %s: %w", r.Name, err)
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: the key %s could not %s, because its maker cannot (make it as a user with manage_own_api_key and all on %s-*)", ErrRefused, r.Name, strings.Join(missing, ", "), c.prefix)
	}
	return nil
}

func (c *Client) invalidate(ctx context.Context, id string) error {
	body := request(http.MethodDelete, "/_security/api_key", object{"ids": []string{id}, "owner": true})
	if _, err := c.do(ctx, body, nil); err != nil {
		return fmt.Errorf("invalidate key %s: %w", id, err)
	}
	return nil
}

// ErrNoSecurity says that the cluster asks nobody who he is.
var ErrNoSecurity = errors.New("the cluster has no security: everybody may do everything")

// Rights asks what the credential of this client lacks for a role, and what it has and should not have.
func (c *Client) Rights(ctx context.Context, role string) (missing, excess []string, err error) {
	r, err := c.role(role)
	if err != nil {
		return nil, nil, err
	}
	var answer struct {
		Cluster map[string]bool
		Index   map[string]map[string]bool
	}
	ask := request(http.MethodPost, "/_security/user/_has_privileges", object{"cluster": slices.Concat([]string{}, r.cluster), "index": grants(slices.Concat(r.grants, r.refused))})
	status, err := c.do(ctx, ask, &answer, http.StatusBadRequest, http.StatusMethodNotAllowed)
	switch {
	case err != nil:
		return nil, nil, err
	case status != http.StatusOK:
		return nil, nil, ErrNoSecurity
	}
	for _, p := range r.cluster {
		if !answer.Cluster[p] {
			missing = append(missing, p)
		}
	}
	return append(missing, each(r.grants, func(name, p string) bool { return !answer.Index[name][p] })...), each(r.refused, func(name, p string) bool { return answer.Index[name][p] }), nil
}

// each lists the rights of grants that f picks, as "read on NAME".
func each(list []grant, f func(name, privilege string) bool) (picked []string) {
	for _, g := range list {
		for _, name := range g.names {
			for _, p := range g.privileges {
				if f(name, p) {
					picked = append(picked, p+" on "+name)
				}
			}
		}
	}
	return picked
}

// WhoAmI is the name by which the cluster knows this client's credential, and until when its key is good, as far as the key's name says so.
func (c *Client) WhoAmI(ctx context.Context) (name string, until time.Time, err error) {
	var answer struct {
		Username string
		Key      struct{ Name string } `json:"api_key"`
	}
	status, err := c.do(ctx, esapi.SecurityAuthenticateRequest{}, &answer, http.StatusBadRequest, http.StatusMethodNotAllowed)
	switch {
	case err != nil:
		return "", until, err
	case status != http.StatusOK:
		return "", until, ErrNoSecurity
	case answer.Key.Name == "":
		return answer.Username, until, nil
	}
	if _, day, ok := strings.Cut(answer.Key.Name, keyUntil); ok {
		if t, err := time.Parse(time.DateOnly, day); err == nil {
			until = t
		}
	}
	return answer.Key.Name, until, nil
}
