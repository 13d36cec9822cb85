package normalize

import (
	"strconv"
	"strings"
	"time"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// m365Fields are the facts that m365.audit may set.
var m365Fields = []string{
	"@timestamp", "event.id", "event.action", "event.reason", "event.dataset", "event.provider",
	"user.id", "user.email", "user.effective.email", "user.target.name", "organization.id", "source.ip", "source.address", "user_agent.original",
	"gen_ai.agent.id", "gen_ai.agent.name", "gen_ai.agent.version", "gen_ai.provider.name", "gen_ai.response.model", "gen_ai.conversation.id", "gen_ai.tool.name",
	"rule.id", "rule.name", "file.name", "url.full", "email.subject", "email.to.address",
	"agenttrail.flags", "agenttrail.actor.type", "agenttrail.actor.id", "agenttrail.actor.name", "agenttrail.actor.basis",
	"agenttrail.on_behalf_of.id", "agenttrail.on_behalf_of.type", "agenttrail.delegation",
	"agenttrail.credential.type", "agenttrail.credential.id", "agenttrail.credential.owner.type", "agenttrail.credential.owner.id",
	"agenttrail.verb", "agenttrail.resource.system", "agenttrail.resource.type", "agenttrail.resource.id", "agenttrail.resource.name", "agenttrail.resource.owner",
	"agenttrail.resource.external", "agenttrail.resource.count", "agenttrail.subject.id", "agenttrail.data.labels", "agenttrail.outcome",
	"agenttrail.intent.trigger", "agenttrail.intent.prompt_ref", "agenttrail.intent.prompt_sha256", "agenttrail.session.id", "agenttrail.correlation",
}

var m365Format = format{
	name: "m365.audit", version: "1.0.0", fields: m365Fields,
	tells: TellsAgent | TellsPerson | TellsReason | TellsSubject,
	plan:  "any plan with unified audit on; Copilot records need Copilot licences, some Exchange records E5 or an add-on",
	keeps: "7 days in this feed; the audit search of the portal keeps longer, by plan",
	read:  records(mapM365),
}

// Types of records that need more than their operation.
const (
	m365ScheduledPrompt = 363
	m365Automation      = 373 // an agent in Outlook, without a person in the loop
)

// An m365Event is one record with what is asked for more than once.
type m365Event struct {
	r      *reading
	v      strictjson.Value
	kind   int64            // RecordType
	access strictjson.Value // AppAccessContext
	chat   strictjson.Value // CopilotEventData
}

// mapM365 gives the action of a record and, of an interaction with Copilot, one for each resource that was touched in answering it.
func mapM365(r *reading, v strictjson.Value) {
	native, ok := r.nativeID("Id", v.Get("Id"))
	if !ok {
		return
	}
	when, ok := r.when("CreationTime", v.Get("CreationTime").Str(), inUTC)
	if !ok {
		return
	}
	e := m365Event{r: r, v: v, kind: number(v.Get("RecordType")).N, access: v.Get("AppAccessContext"), chat: r.nested(v.Get("CopilotEventData"))}
	a := r.action()
	e.setEvent(a, native, when)
	e.setWho(a)
	common := *a // of the resources too
	e.setWhat(a)
	e.setMail(a)
	e.setFile(a)
	e.setChat(a)
	e.addResources(&common)
}

func (e *m365Event) setEvent(a *agenttrail.Action, native string, when time.Time) {
	a.Native, a.Time, a.Event.ID, a.Event.Dataset = native, when, native, "m365.audit"
	a.Event.Action, a.Event.Provider = e.v.Get("Operation").Str(), e.v.Get("Workload").Str()
	a.Organization.ID = e.v.Get("OrganizationId").Str()
	setAddressPort(a, first(e.v.Get("ClientIP").Str(), e.v.Get("ClientIPAddress").Str()))
	a.UserAgent = first(e.v.Get("UserAgent").Str(), e.v.Get("ClientInfoString").Str())
	a.Session = first(e.chat.Get("ThreadId").Str(), e.v.Get("SessionId").Str(), e.access.Get("AADSessionId").Str())
	a.GenAI.Conversation = e.chat.Get("ThreadId").Str()
	a.Correlation = e.r.list(e.access.Get("CorrelationId").Str(), e.access.Get("UniqueTokenId").Str(), e.v.Get("CorrelationId").Str())
}

// setWho: a record that names an agent is the agent's, on the login of the person in UserId. The application that the login came through is the credential:
// a person's login through an agent's application shows in the register.
func (e *m365Event) setWho(a *agenttrail.Action) {
	a.User.ID = e.v.Get("UserId").Str()
	a.User.Email = mailAddress(a.User.ID)
	if a.Credential.ID = first(e.access.Get("ClientAppId").Str(), e.v.Get("ClientAppId").Str(), e.v.Get("AppId").Str(), e.v.Get("ApplicationId").Str()); a.Credential.ID != "" {
		a.Credential.Type = "oauth_token"
	}
	kind := m365UserType(e.v.Get("UserType"))
	a.GenAI.AgentID, a.GenAI.AgentName, a.GenAI.AgentVersion = e.v.Get("AgentId").Str(), e.v.Get("AgentName").Str(), e.v.Get("AgentVersion").Str()
	if e.administers() {
		a.GenAI.AgentID, a.GenAI.AgentName, a.GenAI.AgentVersion = "", "", "" // the one acted on, not the one who acts
	}
	if a.GenAI.AgentID == "" && a.GenAI.AgentName == "" && e.kind != m365Automation {
		a.Actor = agenttrail.Actor{Type: kind, ID: a.User.ID}
		if kind != "" {
			a.Actor.Basis = agenttrail.BasisNative
		}
		return
	}
	a.Actor = agenttrail.Actor{Type: agenttrail.ActorAgent, ID: a.GenAI.AgentID, Name: a.GenAI.AgentName, Basis: agenttrail.BasisDeclared}
	if kind == agenttrail.ActorHuman {
		a.Credential.OwnerType, a.Credential.OwnerID = agenttrail.ActorHuman, a.User.ID
		serve(e.r, a, a.User.ID, "")
	}
}

// administers says that the record is of the administration of Copilot and its agents.
func (e *m365Event) administers() bool { return e.kind >= 310 && e.kind <= 325 || e.kind == 384 }

// m365UserType is the vendor's own kind of user.
func m365UserType(v strictjson.Value) string {
	switch v.Str() {
	case "0", "2", "9", "10": // regular, administrator, partner's technician, guest
		return agenttrail.ActorHuman
	case "3", "4", "7", "8": // data centre, system, policies
		return agenttrail.ActorSystem
	case "5", "6": // application, service principal
		return agenttrail.ActorService
	}
	return ""
}

// setWhat names verb, resource and outcome as every record states them.
func (e *m365Event) setWhat(a *agenttrail.Action) {
	a.Verb = m365Verbs.verb(a.Event.Action)
	switch {
	case e.kind == m365ScheduledPrompt:
		a.Verb = agenttrail.VerbInvoke
	case e.administers() && a.Verb == agenttrail.VerbOther:
		a.Verb = agenttrail.VerbConfigure
	}
	a.Resource.System, a.Resource.ID = m365System(a.Event.Provider), e.v.Get("ObjectId").Str()
	a.Outcome, a.Event.Reason = e.outcome(a.Event.Action)
	e.v.Get("PolicyDetails").Each(func(policy strictjson.Value) bool {
		a.Rule.ID, a.Rule.Name = policy.Get("PolicyId").Str(), policy.Get("PolicyName").Str()
		return false
	})
	if id := first(e.v.Get("AgentID").Str(), e.v.Get("AgentId").Str()); id != "" && e.administers() {
		a.Resource.Type, a.Resource.ID, a.Resource.Name = "agent", id, e.v.Get("AgentName").Str()
	}
}

func m365System(workload string) string {
	if workload == "" {
		return "m365"
	}
	return "m365." + strings.ToLower(workload)
}

// outcome goes by ResultStatus, whose words differ from workload to workload. A record without it says nothing, except that a refused login is named so.
func (e *m365Event) outcome(operation string) (outcome, reason string) {
	status := e.v.Get("ResultStatus").Str()
	reason = first(e.v.Get("LogonError").Str(), e.v.Get("ResultStatusDetail").Str())
	switch strings.ToLower(status) {
	case "succeeded", "success", "true":
		outcome = agenttrail.Success
	case "partiallysucceeded":
		outcome = agenttrail.Partial
	case "failed", "failure", "false":
		outcome, reason = agenttrail.Failure, first(reason, status)
	case "denied", "blocked", "accessdenied":
		outcome, reason = agenttrail.Denied, first(reason, status)
	}
	if operation == "UserLoginFailed" {
		outcome = agenttrail.Failure
	}
	return outcome, reason
}

// setMail reads what was sent, for whom and to whom.
func (e *m365Event) setMail(a *agenttrail.Action) {
	a.User.Effective.Email = first(e.v.Get("SendAsUserSmtp").Str(), e.v.Get("SendOnBehalfOfUserSmtp").Str())
	item := e.v.Get("Item")
	if owner := e.v.Get("MailboxOwnerUPN").Str(); owner != "" {
		a.Resource.Owner, a.Resource.Type = owner, "mailbox"
	}
	if item.Exists() {
		a.EmailSubject = item.Get("Subject").Str()
		a.Resource.Type, a.Resource.ID = "message", first(item.Get("InternetMessageId").Str(), item.Get("Id").Str(), a.Resource.ID)
	}
	if a.Verb != agenttrail.VerbSend {
		return
	}
	a.EmailTo = e.r.texts(e.v.Get("recipientList"))
	a.Subjects = e.r.subjects(a.EmailTo)
	a.Resource.Count = number(e.v.Get("recipientCount"))
}

// setFile reads what SharePoint and OneDrive tell of a file.
func (e *m365Event) setFile(a *agenttrail.Action) {
	name := e.v.Get("SourceFileName").Str()
	if name == "" && !e.v.Get("SiteUrl").Exists() {
		return
	}
	a.File.Name, a.Resource.Name, a.Resource.Type = name, name, "file"
	if strings.HasPrefix(a.Resource.ID, "https://") {
		a.URL = a.Resource.ID
	}
	a.Data.Labels = e.r.list(e.v.Get("SensitivityLabelId").Str())
	a.User.Target.Name = e.v.Get("TargetUserOrGroupName").Str()
	switch e.v.Get("TargetUserOrGroupType").Str() {
	case "Guest":
		a.Resource.External = agenttrail.Yes
	case "Member":
		a.Resource.External = agenttrail.No
	}
	if strings.HasPrefix(a.Event.Action, "AnonymousLink") {
		a.Resource.External = agenttrail.Yes
	}
}

// setChat reads an interaction with Copilot, and a prompt that runs by the clock. The log has ids of messages; of the scheduled prompt it has the text,
// which stays in the evidence.
func (e *m365Event) setChat(a *agenttrail.Action) {
	if e.kind == m365ScheduledPrompt {
		a.Intent.Trigger, a.Intent.PromptRef, a.Intent.PromptSHA256 = "schedule", e.v.Get("AutomationId").Str(), textHash(e.v.Get("PromptText").Str())
	}
	if !e.chat.Exists() {
		return
	}
	a.Verb = agenttrail.VerbInvoke
	a.Resource.Type, a.Resource.ID, a.Resource.Name = "agent", first(a.GenAI.AgentID, a.Resource.ID), first(a.GenAI.AgentName, e.chat.Get("AppHost").Str())
	e.chat.Get("Messages").Each(func(m strictjson.Value) bool {
		if prompt, _ := m.Get("isPrompt").Bool(); prompt {
			a.Intent.PromptRef = first(a.Intent.PromptRef, m.Get("Id").Str())
			a.Intent.Trigger = first(a.Intent.Trigger, "human_prompt")
		}
		if attack, _ := m.Get("JailbreakDetected").Bool(); attack {
			a.Event.Reason = "JailbreakDetected"
		}
		return true
	})
	e.chat.Get("ModelTransparencyDetails").Each(func(m strictjson.Value) bool {
		a.GenAI.Provider, a.GenAI.ResponseModel = m.Get("ModelProviderName").Str(), m.Get("ModelName").Str()
		return false
	})
	e.chat.Get("AISystemPlugin").Each(func(p strictjson.Value) bool {
		a.GenAI.ToolName = first(p.Get("Name").Str(), p.Get("Id").Str())
		return false
	})
	if a.Actor.Type == agenttrail.ActorAgent && e.kind == m365Automation {
		a.Intent.Trigger = "" // no person asked
	}
}

// addResources adds what was touched in answering. Each stands by its place in the vendor's list.
func (e *m365Event) addResources(common *agenttrail.Action) {
	position := 0
	e.chat.Get("AccessedResources").Each(func(one strictjson.Value) bool {
		a := e.r.action()
		*a = *common
		a.Position = "res|" + strconv.Itoa(position)
		position++
		action := one.Get("Action").Str()
		a.Event.Action = strings.TrimSpace("AccessedResource " + action)
		a.Verb = accessVerb(action)
		a.Resource.System = m365System(e.v.Get("Workload").Str())
		a.Resource.Type, a.Resource.ID, a.Resource.Name = strings.ToLower(one.Get("Type").Str()), one.Get("Id").Str(), one.Get("Name").Str()
		if site := one.Get("SiteUrl").Str(); site != "" { // in SharePoint, or in OneDrive, which is the same: joins FileAccessed there
			a.Resource.System, a.Resource.Type, a.Resource.ID, a.URL, a.File.Name = "m365.sharepoint", "file", site, site, a.Resource.Name
		}
		a.Data.Labels = e.r.list(one.Get("SensitivityLabelId").Str())
		switch strings.ToLower(one.Get("Status").Str()) {
		case "success":
			a.Outcome = agenttrail.Success
		case "failure":
			a.Outcome = agenttrail.Failure
		}
		if attack, _ := one.Get("XPIADetected").Bool(); attack {
			a.Event.Reason = "XPIADetected"
		}
		return true
	})
}

func accessVerb(action string) string {
	switch strings.ToLower(action) {
	case "", "read":
		return agenttrail.VerbRead
	case "search":
		return agenttrail.VerbSearch
	case "create":
		return agenttrail.VerbCreate
	case "write", "update", "modify":
		return agenttrail.VerbUpdate
	case "delete":
		return agenttrail.VerbDelete
	}
	return agenttrail.VerbOther
}

var m365Verbs = verbTable{
	names: map[string]string{
		"CopilotInteraction": agenttrail.VerbInvoke, "AIAppInteraction": agenttrail.VerbInvoke, "ConnectedAIAppInteraction": agenttrail.VerbInvoke,
		"TeamCopilotInteraction": agenttrail.VerbInvoke, "Send": agenttrail.VerbSend, "SendAs": agenttrail.VerbSend, "SendOnBehalf": agenttrail.VerbSend,
		"MailItemsAccessed": agenttrail.VerbRead, "MessageBind": agenttrail.VerbRead, "FolderBind": agenttrail.VerbRead, "HardDelete": agenttrail.VerbDelete,
		"SoftDelete": agenttrail.VerbDelete, "MoveToDeletedItems": agenttrail.VerbDelete, "UserLoggedIn": agenttrail.VerbAuthenticate,
		"UserLoginFailed": agenttrail.VerbAuthenticate, "SearchQueryPerformed": agenttrail.VerbSearch, "SecureLinkCreated": agenttrail.VerbShare,
		"AddedToSecureLink": agenttrail.VerbShare, "CompanyLinkCreated": agenttrail.VerbShare, "Consent to application.": agenttrail.VerbGrant,
		"Add service principal.": agenttrail.VerbConnect, "UpdateCopilotSettings": agenttrail.VerbConfigure, "New-InboxRule": agenttrail.VerbConfigure,
		"Add-MailboxPermission": agenttrail.VerbGrant, "Add-RecipientPermission": agenttrail.VerbGrant, "Remove-MailboxPermission": agenttrail.VerbRevoke,
	},
	prefixes: []affix{
		{"FileAccessed", agenttrail.VerbRead}, {"FilePreviewed", agenttrail.VerbRead}, {"PageViewed", agenttrail.VerbRead},
		{"FileDownloaded", agenttrail.VerbExport}, {"FileSyncDownloaded", agenttrail.VerbExport}, {"FileUploaded", agenttrail.VerbCreate},
		{"FileCopied", agenttrail.VerbCreate}, {"FileDeleted", agenttrail.VerbDelete}, {"FileRecycled", agenttrail.VerbDelete}, {"File", agenttrail.VerbUpdate},
		{"Sharing", agenttrail.VerbShare}, {"AnonymousLink", agenttrail.VerbShare}, {"Add delegated permission grant", agenttrail.VerbGrant},
		{"Add app role assignment", agenttrail.VerbGrant}, {"Add OAuth2PermissionGrant", agenttrail.VerbGrant}, {"Add member to", agenttrail.VerbGrant},
		{"Add owner to", agenttrail.VerbGrant}, {"Add eligible member", agenttrail.VerbGrant}, {"Remove delegated permission grant", agenttrail.VerbRevoke},
		{"Remove app role assignment", agenttrail.VerbRevoke}, {"Remove member from", agenttrail.VerbRevoke}, {"Remove owner from", agenttrail.VerbRevoke},
		{"Add ", agenttrail.VerbCreate}, {"Update ", agenttrail.VerbUpdate}, {"Delete ", agenttrail.VerbDelete}, {"Remove ", agenttrail.VerbDelete},
		{"Set ", agenttrail.VerbConfigure}, {"Set-", agenttrail.VerbConfigure}, {"Enable-", agenttrail.VerbConfigure}, {"Disable-", agenttrail.VerbConfigure},
		{"New-", agenttrail.VerbCreate}, {"Remove-", agenttrail.VerbDelete}, {"Get-", agenttrail.VerbRead}, {"Search", agenttrail.VerbSearch},
		{"Create", agenttrail.VerbCreate}, {"Update", agenttrail.VerbUpdate}, {"Delete", agenttrail.VerbDelete},
	},
}
