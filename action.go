package agenttrail

import (
	"slices"
	"time"
)

// Int is a whole number that a log may not have said.
type Int struct {
	N     int64
	Known bool
}

// Num is a known Int.
func Num(n int64) Int { return Int{n, true} }

// Bool is a truth that a log may not have said.
type Bool uint8

// The three values of a Bool.
const (
	Unsaid Bool = iota
	No
	Yes
)

// Said is the Bool of a known truth.
func Said(b bool) Bool {
	if b {
		return Yes
	}
	return No
}

// An Action is one thing that somebody did: what the record says (facts) and how it came here (provenance).
// An empty string, a zero time, an unknown Int and an Unsaid Bool mean that the log did not say. Nothing is guessed.
// The field table in fields.go maps each member to its name, type and meaning.
type Action struct {
	// Native is the vendor's id that makes the identity, Position the vendor's own place of this action in its record.
	// Neither is a field: they become the ID.
	Native, Position string

	Time  time.Time
	Event struct {
		ID, Action, Reason, Dataset, Provider, Reference string
		Start, End                                       time.Time
		Duration                                         Int // nanoseconds
		Sequence                                         Int
		Created                                          time.Time // provenance
		Hash                                             string    // provenance
	}
	Error struct{ Code, Type, Message string }
	User  struct {
		ID, Name, Email, Domain string
		Roles                   []string
		Effective, Target       Person
	}
	ServiceTarget string
	Cloud         struct{ Provider, Account, Region, Service string }
	Organization  struct{ ID, Name string }
	Source        struct{ IP, Address string }
	UserAgent     string
	Trace         struct{ ID, Span, Transaction string }
	GenAI         GenAI
	MCP           struct{ Method, Session, Resource string }
	Rule          struct{ ID, Name, Version string }
	File          struct{ Name, Path, SHA256 string }
	URL           string
	EmailSubject  string
	EmailTo       []string
	Installation  string

	ID          string   // provenance: identity with the event's second in front
	Flags       []string // what the record itself shows: FlagAmbiguous
	Actor       Actor
	OnBehalfOf  struct{ ID, Name, Type string }
	Delegation  []string
	Credential  Credential
	Verb        string
	Resource    Resource
	Subjects    []string
	Data        Data
	Outcome     string
	Intent      Intent
	Approval    Approval
	Authorized  Authorization
	Session     string
	ParentSpan  string
	Correlation []string
	Evidence    Origin // provenance
	Lag         Int    // provenance: milliseconds between Time and Event.Created
}

// When is the time of the action; it is suspect where the flags say so.
func (a *Action) When() (time.Time, bool) {
	return a.Time, slices.Contains(a.Evidence.Flags, FlagTimeSuspect)
}

func (a *Action) at(f *Field) any {
	if f.of == nil {
		return nil
	}
	return f.of(a)
}

func (a *Action) facts() []*Field { return factColumns }

// A Person is an account as a source names it.
type Person struct{ ID, Name, Email string }

// GenAI holds what OpenTelemetry's semantic conventions for generative AI name.
type GenAI struct {
	AgentID, AgentName, AgentVersion        string
	Operation, Provider                     string
	RequestModel, ResponseModel, ResponseID string
	ToolName, ToolType, ToolCall            string
	Conversation, Workflow                  string
	InputTokens, OutputTokens               Int
}

// An Actor is who acted. Basis says how that is known.
type Actor struct{ Type, ID, Name, Basis string }

// A Credential is what the actor showed. ID is a key id or the hash of a token, never the secret.
type Credential struct {
	Type, ID           string
	OwnerType, OwnerID string
	Scopes             []string
}

// A Resource is what was acted on.
type Resource struct {
	System, Type, ID, Name, Owner string
	Amount                        string // in the source's words: "49.00 EUR"
	External                      Bool   // leaves the organisation
	Count                         Int    // rows, files, recipients
}

// Data says how sensitive the touched data is.
type Data struct {
	Classification     string
	Categories, Labels []string
	Basis              string
}

// Intent is why, as far as this record says.
type Intent struct{ Trigger, Reason, PromptRef, PromptSHA256, Basis string }

// An Approval is what an approve or reject action allowed.
type Approval struct {
	Requester                     string
	AskedAt, ExpiresAt            time.Time
	Agent, Verb, System, Resource string
	Limit, Ticket                 string
}

// An Authorization is whose leave an action had.
type Authorization struct {
	State, ID                string
	ApproverID, ApproverName string
	At                       time.Time
	Method                   string
	PolicyID, PolicyVersion  string
}

// An Origin is where the record of an action stands.
type Origin struct {
	URI            string
	Offset, Length Int // bytes in the decompressed stream
	Index          Int // ordinal of the record in its object
	RequestID      string
	Flags          []string
}

// Closed lists of the schema.
const (
	ActorAgent   = "ai_agent"
	ActorHuman   = "human"
	ActorService = "service_account"
	ActorSystem  = "system"
	ActorUnknown = "unknown"

	BasisDeclared = "declared"          // the source says it is an agent
	BasisNative   = "native"            // the source's own user type
	BasisNone     = "none"              // the log did not say
	BasisRecorded = "recorded"          // of an intent
	BasisLabel    = "source_label"      // of a classification
	BasisRegister = "registered"        // judgement: matched the register
	BasisInferred = "inferred"          // judgement: a heuristic
	BasisShared   = "shared_credential" // judgement: person or agent, the log cannot tell
	BasisRule     = "rule"              // judgement: a rule of the configuration

	Success = "success"
	Failure = "failure"
	Denied  = "denied"
	Partial = "partial"
	Pending = "pending"
	Unknown = "unknown"

	StateApproved    = "approved"
	StateAutoPolicy  = "auto_policy"
	StateRejected    = "rejected"
	StateMissing     = "missing"
	StateNotRequired = "not_required"

	ProofProved   = "proved"   // first committed to the ledger before the action
	ProofDeclared = "declared" // only dated before it

	FlagAmbiguous   = "ambiguous"    // duplicate or case-folded key, invalid UTF-8
	FlagLate        = "late"         // arrived after its window was closed
	FlagConflict    = "conflict"     // same identity, other facts
	FlagClockSkew   = "clock_skew"   // more than MaxSkew after it was read
	FlagTimeSuspect = "time_suspect" // outside the range that its source can have
)

// Defaults fills the closed lists that every action states, with the value that means: the log did not say.
func (a *Action) Defaults() {
	for _, d := range []struct {
		field *string
		value string
	}{
		{&a.Verb, VerbOther}, {&a.Outcome, Unknown}, {&a.Actor.Type, ActorUnknown}, {&a.Actor.Basis, BasisNone},
		{&a.Data.Classification, Unknown}, {&a.Data.Basis, BasisNone}, {&a.Authorized.State, Unknown}, {&a.Intent.Basis, BasisNone},
	} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
}

// A Verdict is what the judge concludes about one action. A member that is empty leaves what the record stated.
type Verdict struct {
	Actor struct {
		Actor
		Registered  Bool
		Owner, Rule string
	}
	OnBehalfOf       struct{ ID, Name, Type string }
	CredentialOwner  struct{ Type, ID string }
	CredentialShared Bool
	Data             Data
	Authorized       struct {
		Authorization
		Required Bool
		Proof    string
	}
	Scope struct {
		In          Bool
		Proof, Rule string
	}
	Candidates []string // who may have acted on a shared credential
	Why        string   // of an approval verdict, in words: "approved after the fact", "by the requester"
}
