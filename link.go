package agenttrail

// A Link says that one action led to another, and how that is known. It is concluded when facts are read and stored nowhere.
type Link struct {
	From, To string // ids of the two actions: the one that led on, and where it led to
	Rule     string // short name of the join that found it
	Words    string // what the join goes by, for a person
	Exact    bool   // both records hold the same id; false: they agree in person or agent, and in time
}

// Strength says how sure a link is, in words.
func (l Link) Strength() string {
	if l.Exact {
		return "exact"
	}
	return "by actor and time"
}
