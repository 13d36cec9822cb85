package api

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// A Mistake is what is wrong with Options: the key of the config, what, and the remedy.
type Mistake struct{ Key, Message, Remedy string }

// Check says what is wrong with o, and sends nothing.
func (v *Vendor) Check(o *Options) (list []Mistake) {
	add := func(key, message, remedy string) { list = append(list, Mistake{key, message, remedy}) }
	v.checkURL(o, add)
	v.checkCredential(o, add)
	switch {
	case v.Account == "" && o.Account != "":
		add("account", v.Name+" has no account", "remove it")
	case v.Account != "" && o.Account == "":
		add("", v.Name+" needs an account", "add account: "+v.Account)
	}
	switch {
	case v.Part == "" && len(o.Parts) > 0:
		add("parts", v.Name+" has no parts", "remove it")
	case v.Part != "" && len(o.parts()) == 0:
		add("", v.Name+" needs its parts", "add parts: [NAME], each "+v.Part)
	}
	for i, part := range o.Parts {
		if part == "" || slices.Index(o.Parts, part) < i {
			add("parts", fmt.Sprintf("%q is empty, or stands twice", part), "name each once")
		}
	}
	return list
}

func (v *Vendor) checkURL(o *Options, add func(key, message, remedy string)) {
	if o.url() == "" {
		add("", v.Name+" needs its url", "add url: "+v.Hint)
		return
	}
	u, err := url.Parse(o.url())
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		add("url", fmt.Sprintf("%q is no address", o.url()), "write one like "+v.Hint+v.URL)
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		add("url", "an address ends before ? and #, and holds no password", "write one like "+v.Hint+v.URL)
	case u.Scheme == "http" && !loopback(u):
		add("url", "http to another machine sends credentials in clear", "use https")
	}
}

// loopback says that a server is on this machine.
func loopback(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

func (v *Vendor) checkCredential(o *Options, add func(key, message, remedy string)) {
	ways := v.Takes.words()
	switch {
	case o.Token != nil && o.OAuth != nil:
		add("oauth", "both token and oauth", "keep one of them")
	case o.Token == nil && o.OAuth == nil:
		add("", v.Name+" needs a credential", "add "+ways)
	case o.OAuth != nil:
		v.checkOAuth(o.OAuth, add)
	case v.Takes&(TakesToken|TakesUser) == 0:
		add("token", v.Name+" takes no token", "use "+ways)
	case v.Takes&TakesToken == 0 && o.User == "":
		add("", v.Name+" needs user beside token", "add "+ways)
	}
	if o.User != "" && (v.Takes&TakesUser == 0 || o.OAuth != nil) {
		add("user", "a user does not belong here", "remove it")
	}
}

func (v *Vendor) checkOAuth(a *OAuth, add func(key, message, remedy string)) {
	given := Takes(0)
	for _, way := range []struct {
		takes Takes
		there bool
	}{{TakesSecret, a.ClientSecret != nil}, {TakesKey, a.PrivateKey != nil}, {TakesServiceAccount, a.ServiceAccount != nil}} {
		if way.there {
			given |= way.takes
		}
	}
	switch {
	case given&v.Takes == 0 || given&^v.Takes != 0 || given&(given-1) != 0:
		add("oauth", "not the way in which "+v.Name+" gives a token", "use "+v.Takes.words())
	case given == TakesServiceAccount && a.ClientID != "" || given != TakesServiceAccount && a.ClientID == "":
		add("oauth", "client_id goes with client_secret or private_key, and only with them", "")
	case a.KeyID != "" && given != TakesKey:
		add("oauth", "key_id goes with private_key", "remove it")
	case a.Subject != "" && (v.Takes&takesSubject == 0 || given == TakesSecret):
		add("oauth", "a subject does not belong here", "remove it")
	case a.Subject == "" && v.Takes&takesSubject != 0 && given != TakesSecret:
		add("oauth", "the token must be for somebody", "add subject: NAME of the administrator or user for whom the log is read")
	}
}

func (t Takes) words() string {
	var list []string
	for _, way := range []struct {
		takes Takes
		words string
	}{
		{TakesToken, "token: {file: FILE}"}, {TakesUser, "user: NAME with token: {file: FILE}"}, {TakesSecret, "oauth: {client_id: ID, client_secret: {file: FILE}}"},
		{TakesKey, "oauth: {client_id: ID, private_key: {file: FILE}}"}, {TakesServiceAccount, "oauth: {service_account: {file: FILE}}"},
	} {
		if t&way.takes != 0 {
			list = append(list, way.words)
		}
	}
	return strings.Join(list, ", or ")
}
