package elastic

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A Role is what one kind of key or user may do: the least that its commands need.
type Role struct {
	Name    string // without the prefix
	For     string // which commands or people
	cluster []string
	grants  []grant
	kibana  []string // privileges of the default space
	refused []grant  // what a key of this role must not be able to do; doctor looks
}

type grant struct {
	names      []string
	privileges []string
}

// Roles are all roles, with the index names of this client. Where names differ from each other only by a rebuild's number, a pattern covers them.
func (c *Client) Roles() []Role {
	months, alias := c.ActionsAlias()+"-*", c.ActionsAlias()
	receipts := []string{c.ReceiptsIndex(), c.ReceiptsIndex() + "-*"}
	findings := []string{c.FindingsIndex()}
	ours := slices.Concat([]string{alias, months}, receipts, findings)
	actions := []string{months}
	return []Role{
		{Name: "setup", For: "setup elasticsearch, index --rebuild, doctor", cluster: []string{"manage_index_templates", "monitor"},
			grants:  []grant{{ours, []string{"manage"}}},
			refused: []grant{{actions, []string{"read", "create_doc", "index", "delete"}}}},
		{Name: "ingest", For: "ingest, run, index",
			grants: []grant{
				{slices.Concat(actions, findings), []string{"create_doc", "auto_configure", "view_index_metadata", "maintenance"}},
				{receipts, []string{"create_doc", "read", "auto_configure", "view_index_metadata", "maintenance"}},
			},
			refused: []grant{{actions, []string{"read", "index", "delete", "manage"}}, {receipts, []string{"index", "delete", "manage"}}}},
		{Name: "refresh", For: "index --refresh",
			grants:  []grant{{ours, []string{"read", "index", "view_index_metadata", "maintenance"}}},
			refused: []grant{{actions, []string{"delete", "manage"}}}},
		{Name: "report", For: "report --from-elasticsearch, index --reconcile",
			grants:  []grant{{ours, []string{"read", "view_index_metadata", "maintenance"}}},
			refused: []grant{{ours, []string{"create_doc", "index", "delete", "manage"}}}},
		{Name: "reader", For: "people in Kibana", kibana: []string{"feature_discover.read", "feature_dashboard.read"},
			grants:  []grant{{ours, []string{"read", "view_index_metadata"}}},
			refused: []grant{{ours, []string{"create_doc", "index", "delete", "manage", "maintenance"}}}},
	}
}

// Keys are the names of the roles that a key is made for; people log in.
func (c *Client) Keys() (names []string) {
	for _, r := range c.Roles() {
		if len(r.kibana) == 0 {
			names = append(names, r.Name)
		}
	}
	return names
}

func (c *Client) role(name string) (Role, error) {
	roles := c.Roles()
	i := slices.IndexFunc(roles, func(r Role) bool { return r.Name == name })
	if i < 0 {
		return Role{}, fmt.Errorf("no key %q (there are: %s)", name, strings.Join(c.Keys(), ", "))
	}
	return roles[i], nil
}

// descriptor is the role as Elasticsearch reads it.
func (r Role) descriptor() object {
	o := object{"cluster": r.cluster, "indices": grants(r.grants)}
	if r.cluster == nil {
		o["cluster"] = []string{}
	}
	if len(r.kibana) > 0 {
		o["applications"] = []object{{"application": "kibana-.kibana", "privileges": r.kibana, "resources": []string{"space:default"}}}
	}
	return o
}

func grants(list []grant) (out []object) {
	for _, g := range list {
		out = append(out, object{"names": g.names, "privileges": g.privileges})
	}
	return out
}

// RolePlan lists the requests that put the roles, each named after the prefix.
func (c *Client) RolePlan() (plan []Request) {
	for _, r := range c.Roles() {
		plan = append(plan, request(http.MethodPut, "/_security/role/"+c.RoleName(r), r.descriptor()))
	}
	return plan
}

// RoleName is the name of a role in the cluster.
func (c *Client) RoleName(r Role) string { return c.prefix + "_" + r.Name }
