package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// trailVerb is the verb of a CloudTrail event: by its whole name, else by the longest prefix that the table has, else read where the service says so.
func trailVerb(name string, readOnly strictjson.Value) string {
	if v, ok := trailNames[name]; ok {
		return v
	}
	if name != "" {
		for _, p := range trailPrefixes[name[0]] {
			if strings.HasPrefix(name, p.prefix) {
				return p.verb
			}
		}
	}
	if yes, _ := readOnly.Bool(); yes {
		return agenttrail.VerbRead
	}
	return agenttrail.VerbOther
}

// trailNames are events whose meaning their prefix does not tell.
var trailNames = map[string]string{
	"ConsoleLogin": agenttrail.VerbAuthenticate, "CheckMfa": agenttrail.VerbAuthenticate, "GetSessionToken": agenttrail.VerbAuthenticate,
	"GetSigninToken": agenttrail.VerbAuthenticate, "UserAuthentication": agenttrail.VerbAuthenticate,
	"CredentialVerification": agenttrail.VerbAuthenticate, "GetWorkloadAccessToken": agenttrail.VerbAuthenticate,
	"GetFederationToken": agenttrail.VerbDelegate, "SwitchRole": agenttrail.VerbDelegate,
	"GetWorkloadAccessTokenForJWT": agenttrail.VerbDelegate, "GetWorkloadAccessTokenForUserId": agenttrail.VerbDelegate,
	"GetResourceOauth2Token": agenttrail.VerbDelegate, "GetResourceApiKey": agenttrail.VerbDelegate,

	"Converse": agenttrail.VerbInvoke, "ConverseStream": agenttrail.VerbInvoke, "InvokeAgent": agenttrail.VerbInvoke,
	"InvokeInlineAgent": agenttrail.VerbInvoke, "InvokeFlow": agenttrail.VerbInvoke, "InvokeModel": agenttrail.VerbInvoke,
	"InvokeModelWithResponseStream": agenttrail.VerbInvoke, "InvokeModelWithBidirectionalStream": agenttrail.VerbInvoke,
	"InvokeAgentRuntime": agenttrail.VerbInvoke, "InvokeGateway": agenttrail.VerbInvoke, "InvokeMcp": agenttrail.VerbInvoke,

	"SendSSHPublicKey": agenttrail.VerbGrant, "SendSerialConsoleSSHPublicKey": agenttrail.VerbGrant, "UploadSSHPublicKey": agenttrail.VerbGrant,
	"SendCommand": agenttrail.VerbExecute, "StartSession": agenttrail.VerbExecute, "RunTask": agenttrail.VerbExecute,
	"StartExecution": agenttrail.VerbExecute, "StartQuery": agenttrail.VerbSearch, "StartQueryExecution": agenttrail.VerbExecute,
	"SendEmail": agenttrail.VerbSend, "SendRawEmail": agenttrail.VerbSend, "SendBulkEmail": agenttrail.VerbSend,
	"SendTemplatedEmail": agenttrail.VerbSend, "Publish": agenttrail.VerbSend, "PublishBatch": agenttrail.VerbSend,
	"SendMessage": agenttrail.VerbCreate, "SendMessageBatch": agenttrail.VerbCreate,

	"PutObject": agenttrail.VerbCreate, "PutItem": agenttrail.VerbCreate, "PutRecord": agenttrail.VerbCreate, "PutRecords": agenttrail.VerbCreate,
	"StartSecretVersionDelete": agenttrail.VerbDelete, "EndSecretVersionDelete": agenttrail.VerbDelete, "BatchDelete": agenttrail.VerbDelete,

	"StartLogging": agenttrail.VerbConfigure, "StopLogging": agenttrail.VerbConfigure, "CreateTrail": agenttrail.VerbConfigure,
	"DeleteTrail": agenttrail.VerbConfigure, "UpdateTrail": agenttrail.VerbConfigure, "PutEventSelectors": agenttrail.VerbConfigure,
	"PutInsightSelectors": agenttrail.VerbConfigure, "CreateFlowLogs": agenttrail.VerbConfigure, "DeleteFlowLogs": agenttrail.VerbConfigure,
	"StartConfigurationRecorder": agenttrail.VerbConfigure, "StopConfigurationRecorder": agenttrail.VerbConfigure,
	"DeleteConfigurationRecorder": agenttrail.VerbConfigure, "DeleteDetector": agenttrail.VerbConfigure,
	"DeleteResolverQueryLogConfig": agenttrail.VerbConfigure, "UpdateAccountPasswordPolicy": agenttrail.VerbConfigure,
	"LeaveOrganization": agenttrail.VerbConfigure, "CreateTrustAnchor": agenttrail.VerbConfigure,
	"PutModelInvocationLoggingConfiguration": agenttrail.VerbConfigure, "DeleteModelInvocationLoggingConfiguration": agenttrail.VerbConfigure,
	"PutFoundationModelEntitlement": agenttrail.VerbConfigure, "CreateFoundationModelAgreement": agenttrail.VerbConfigure,
	"PutUseCaseForModelAccess": agenttrail.VerbConfigure, "PutAccountPublicAccessBlock": agenttrail.VerbConfigure,

	"CreateAccessKey": agenttrail.VerbGrant, "CreateLoginProfile": agenttrail.VerbGrant, "UpdateLoginProfile": agenttrail.VerbGrant,
	"UpdateAssumeRolePolicy": agenttrail.VerbGrant, "AddUserToGroup": agenttrail.VerbGrant, "AddRoleToInstanceProfile": agenttrail.VerbGrant,
	"PutRolePolicy": agenttrail.VerbGrant, "PutUserPolicy": agenttrail.VerbGrant, "PutGroupPolicy": agenttrail.VerbGrant,
	"PutBucketPolicy": agenttrail.VerbGrant, "PutBucketAcl": agenttrail.VerbGrant, "PutObjectAcl": agenttrail.VerbGrant,
	"PutResourcePolicy": agenttrail.VerbGrant, "PutKeyPolicy": agenttrail.VerbGrant, "CreateGrant": agenttrail.VerbGrant,
	"CreatePolicyVersion": agenttrail.VerbGrant, "SetDefaultPolicyVersion": agenttrail.VerbGrant, "CreateAccountAssignment": agenttrail.VerbGrant,
	"CreateServiceSpecificCredential": agenttrail.VerbGrant, "AttachRolePolicy": agenttrail.VerbGrant, "AttachUserPolicy": agenttrail.VerbGrant,
	"AttachGroupPolicy": agenttrail.VerbGrant,

	"DeleteAccessKey": agenttrail.VerbRevoke, "DeleteLoginProfile": agenttrail.VerbRevoke, "DeleteRolePolicy": agenttrail.VerbRevoke,
	"DeleteUserPolicy": agenttrail.VerbRevoke, "DeleteGroupPolicy": agenttrail.VerbRevoke, "DeleteBucketPolicy": agenttrail.VerbRevoke,
	"DeleteResourcePolicy": agenttrail.VerbRevoke, "DeleteAccountAssignment": agenttrail.VerbRevoke, "RetireGrant": agenttrail.VerbRevoke,
	"RemoveUserFromGroup": agenttrail.VerbRevoke, "RemoveRoleFromInstanceProfile": agenttrail.VerbRevoke, "DetachRolePolicy": agenttrail.VerbRevoke,
	"DetachUserPolicy": agenttrail.VerbRevoke, "DetachGroupPolicy": agenttrail.VerbRevoke,

	"ModifySnapshotAttribute": agenttrail.VerbShare, "ModifyImageAttribute": agenttrail.VerbShare,
	"ModifyDBSnapshotAttribute": agenttrail.VerbShare, "ModifyDBClusterSnapshotAttribute": agenttrail.VerbShare,

	"CreateOpenIDConnectProvider": agenttrail.VerbConnect, "CreateSAMLProvider": agenttrail.VerbConnect,
	"CreateGatewayTarget": agenttrail.VerbConnect, "CreateConnection": agenttrail.VerbConnect, "CreateIntegration": agenttrail.VerbConnect,
	"AcceptResourceShareInvitation": agenttrail.VerbConnect,
}

// trailPrefixes are the words that event names begin with, by their first letter; a longer one stands before a shorter one.
var trailPrefixes = map[byte][]struct{ prefix, verb string }{
	'A': {{"AssumeRole", agenttrail.VerbDelegate}, {"AssumeRoot", agenttrail.VerbDelegate}, {"AddPermission", agenttrail.VerbGrant},
		{"AuthorizeSecurityGroup", agenttrail.VerbGrant}, {"Allocate", agenttrail.VerbCreate}, {"Abort", agenttrail.VerbDelete},
		{"Add", agenttrail.VerbUpdate}, {"Associate", agenttrail.VerbUpdate}, {"Attach", agenttrail.VerbUpdate}},
	'B': {{"BatchGet", agenttrail.VerbRead}, {"BatchDelete", agenttrail.VerbDelete}, {"BatchWrite", agenttrail.VerbUpdate}, {"Batch", agenttrail.VerbOther}},
	'C': {{"Create", agenttrail.VerbCreate}, {"Copy", agenttrail.VerbCreate}, {"Complete", agenttrail.VerbCreate}, {"Change", agenttrail.VerbUpdate},
		{"Cancel", agenttrail.VerbUpdate}},
	'D': {{"Describe", agenttrail.VerbRead}, {"Delete", agenttrail.VerbDelete}, {"Deregister", agenttrail.VerbDelete}, {"Download", agenttrail.VerbExport},
		{"Disable", agenttrail.VerbConfigure}, {"Detach", agenttrail.VerbUpdate}, {"Disassociate", agenttrail.VerbUpdate}},
	'E': {{"Export", agenttrail.VerbExport}, {"Enable", agenttrail.VerbConfigure}, {"Execute", agenttrail.VerbExecute}},
	'F': {{"FilterLogEvents", agenttrail.VerbSearch}},
	'G': {{"GrantPermissions", agenttrail.VerbGrant}, {"Get", agenttrail.VerbRead}},
	'H': {{"Head", agenttrail.VerbRead}},
	'I': {{"Invoke", agenttrail.VerbExecute}, {"Import", agenttrail.VerbCreate}},
	'L': {{"List", agenttrail.VerbSearch}, {"Lookup", agenttrail.VerbSearch}},
	'M': {{"Modify", agenttrail.VerbUpdate}, {"Move", agenttrail.VerbUpdate}},
	'P': {{"PutBucket", agenttrail.VerbConfigure}, {"Purge", agenttrail.VerbDelete}, {"Put", agenttrail.VerbUpdate}},
	'Q': {{"Query", agenttrail.VerbSearch}},
	'R': {{"RemovePermission", agenttrail.VerbRevoke}, {"Revoke", agenttrail.VerbRevoke}, {"Retrieve", agenttrail.VerbSearch},
		{"RunInstances", agenttrail.VerbCreate}, {"Run", agenttrail.VerbExecute}, {"Register", agenttrail.VerbCreate}, {"Request", agenttrail.VerbCreate},
		{"Remove", agenttrail.VerbDelete}, {"Release", agenttrail.VerbDelete}, {"Reboot", agenttrail.VerbExecute}, {"Replace", agenttrail.VerbUpdate},
		{"Reset", agenttrail.VerbUpdate}, {"Restore", agenttrail.VerbUpdate}, {"Rotate", agenttrail.VerbUpdate}},
	'S': {{"Scan", agenttrail.VerbSearch}, {"Search", agenttrail.VerbSearch}, {"Select", agenttrail.VerbSearch}, {"Set", agenttrail.VerbUpdate},
		{"Start", agenttrail.VerbExecute}, {"Stop", agenttrail.VerbExecute}},
	'T': {{"Terminate", agenttrail.VerbDelete}, {"Tag", agenttrail.VerbUpdate}},
	'U': {{"Upload", agenttrail.VerbCreate}, {"Update", agenttrail.VerbUpdate}, {"Untag", agenttrail.VerbUpdate}},
}
