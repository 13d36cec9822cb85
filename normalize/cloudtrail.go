package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// cloudtrailFields are the facts that aws.cloudtrail may set.
var cloudtrailFields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "event.provider", "error.code", "error.message",
	"user.id", "user.name", "user.effective.id", "user.effective.name", "user.target.name",
	"cloud.provider", "cloud.account.id", "cloud.region", "cloud.service.name",
	"source.ip", "source.address", "user_agent.original",
	"gen_ai.request.model", "gen_ai.conversation.id", "gen_ai.tool.name", "mcp.method.name",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type",
	"agenttrail.credential.type", "agenttrail.credential.id", "agenttrail.credential.scopes",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.external",
	"agenttrail.resource.amount", "agenttrail.resource.count", "agenttrail.subject.id",
	"agenttrail.outcome", "agenttrail.intent.reason", "agenttrail.session.id", "agenttrail.correlation",
}

var cloudtrailFormat = format{
	name: "aws.cloudtrail", version: "1.0.0", fields: cloudtrailFields, tools: true,
	tells: TellsAgent | TellsPerson | TellsReason | TellsSubject,
	plan:  "any account, with a trail to S3; data events (calls of agents, reading of objects) are off by default and cost extra",
	keeps: "your bucket's policy; the console's event history 90 days, management events only",
	read:  func(o Options) func(*reading, *window) error { return cloudtrail(o.Tools) },
}

// A trailEvent is one CloudTrail record with the parts that are asked for more than once.
type trailEvent struct {
	r      *reading
	tools  *Tools
	v      strictjson.Value
	source string           // eventSource
	name   string           // eventName
	params strictjson.Value // requestParameters
	reply  strictjson.Value // responseElements
	who    strictjson.Value // userIdentity
}

// cloudtrail maps elements of Records. The files are also written as bare arrays by tools that export the event history.
func cloudtrail(tools *Tools) func(r *reading, w *window) error {
	m := func(r *reading, v strictjson.Value) { mapCloudtrail(r, tools, v) }
	return func(r *reading, w *window) error {
		frame := array("Records")
		if c, err := w.nextAfterMark(); err != nil {
			return err
		} else if c == '[' {
			frame = array()
		}
		return r.json(frame, w, false, m)
	}
}

func mapCloudtrail(r *reading, tools *Tools, v strictjson.Value) {
	if v.Get("eventCategory").Str() == "Insight" {
		r.skip(SkipInsight)
		return
	}
	native, ok := r.nativeID("eventID", v.Get("eventID"))
	if !ok {
		return
	}
	when, ok := r.stamp("eventTime", v.Get("eventTime").Str())
	if !ok {
		return
	}
	e := trailEvent{r: r, tools: tools, v: v, source: v.Get("eventSource").Str(), name: v.Get("eventName").Str(),
		params: v.Get("requestParameters"), reply: v.Get("responseElements"), who: v.Get("userIdentity")}
	a := r.action()
	a.Native, a.Time, a.Event.ID = native, when, native
	e.setEvent(a)
	e.setIdentity(a)
	e.setResource(a)
	e.setOutcome(a)
	a.Verb = trailVerb(e.name, v.Get("readOnly"))
	e.setAgent(a)
}

func (e *trailEvent) setEvent(a *agenttrail.Action) {
	service := strings.TrimSuffix(e.source, ".amazonaws.com")
	a.Event.Dataset, a.Event.Action, a.Event.Provider = "aws.cloudtrail", e.name, e.source
	a.Cloud.Provider, a.Cloud.Service = "aws", service
	a.Cloud.Account, a.Cloud.Region = e.v.Get("recipientAccountId").Str(), e.v.Get("awsRegion").Str()
	a.Resource.System = system(service)
	a.UserAgent = e.v.Get("userAgent").Str()
	setAddress(a, e.v.Get("sourceIPAddress").Str())
	a.Correlation = e.r.list(e.v.Get("requestID").Str(), e.v.Get("sharedEventID").Str())
}

// commonSystems spares the text of the most frequent services.
var commonSystems = map[string]string{
	"s3": "aws.s3", "iam": "aws.iam", "sts": "aws.sts", "kms": "aws.kms", "ec2": "aws.ec2", "lambda": "aws.lambda", "bedrock": "aws.bedrock",
	"bedrock-agentcore": "aws.bedrock-agentcore", "secretsmanager": "aws.secretsmanager", "ssm": "aws.ssm", "dynamodb": "aws.dynamodb",
	"signin": "aws.signin", "rds": "aws.rds", "logs": "aws.logs", "sqs": "aws.sqs", "sns": "aws.sns", "cloudtrail": "aws.cloudtrail",
}

func system(service string) string {
	if s, ok := commonSystems[service]; ok || service == "" {
		return s
	}
	return "aws." + service
}

// setIdentity fills who it was, from userIdentity.
func (e *trailEvent) setIdentity(a *agenttrail.Action) {
	arn, principal, kind := e.who.Get("arn").Str(), e.who.Get("principalId").Str(), e.who.Get("type").Str()
	session := e.who.Get("sessionContext")
	issuer := session.Get("sessionIssuer")
	a.User.ID = first(arn, e.who.Get("invokedBy").Str(), principal)
	a.User.Name = e.who.Get("userName").Str()
	a.User.Effective.ID, a.User.Effective.Name = issuer.Get("arn").Str(), issuer.Get("userName").Str()
	a.Credential.ID = e.who.Get("accessKeyId").Str()
	switch kind {
	case "AssumedRole":
		a.Credential.Type, a.Session = "role_session", arn
		if _, name, ok := strings.Cut(principal, ":"); ok && a.User.Name == "" {
			a.User.Name = name
		}
	case "IAMUser":
		if a.Credential.ID != "" {
			a.Credential.Type = "api_key"
		}
	}
	a.OnBehalfOf.ID = session.Get("sourceIdentity").Str()
	if served := e.who.At("/onBehalfOf/userId").Str(); a.OnBehalfOf.ID == "" && served != "" {
		a.OnBehalfOf.ID, a.OnBehalfOf.Type = served, agenttrail.ActorHuman
	}
	a.Actor.ID, a.Actor.Name = a.User.ID, a.User.Name
	a.Actor.Type = actorType(kind, a.User.Effective.ID, e.v.Get("sessionCredentialFromConsole"))
	if a.Actor.Type != "" {
		a.Actor.Basis = agenttrail.BasisNative
	}
}

// actorType is what userIdentity.type says. A role is a service's, unless its session is one that only a person has: from the console, or through the
// roles that AWS reserves for the logins of IAM Identity Center.
func actorType(kind, issuer string, console strictjson.Value) string {
	switch kind {
	case "Root", "IAMUser", "SAMLUser", "IdentityCenterUser", "FederatedUser", "WebIdentityUser":
		return agenttrail.ActorHuman
	case "AWSService":
		return agenttrail.ActorSystem
	case "AssumedRole", "Role":
		if yes, _ := console.Bool(); yes || strings.Contains(issuer, ":role/aws-reserved/sso.amazonaws.com/") {
			return agenttrail.ActorHuman
		}
		return agenttrail.ActorService
	}
	return ""
}

// setOutcome goes by errorCode, and by the answer where the service reports a failure there instead.
func (e *trailEvent) setOutcome(a *agenttrail.Action) {
	a.Error.Code, a.Error.Message = e.v.Get("errorCode").Str(), e.v.Get("errorMessage").Str()
	a.Event.Reason = first(a.Error.Message, a.Error.Code)
	switch a.Error.Code {
	case "":
		a.Outcome = agenttrail.Success
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation":
		a.Outcome = agenttrail.Denied
	default:
		a.Outcome = agenttrail.Failure
	}
	if login := e.reply.Get(e.name).Str(); e.source == "signin.amazonaws.com" && login == "Failure" {
		a.Outcome = agenttrail.Failure
	}
}
