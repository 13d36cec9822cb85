package normalize

import (
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
)

// setResource names what was touched: the first of resources that has an ARN, else the parameter of the request that names it.
func (e *trailEvent) setResource(a *agenttrail.Action) {
	e.v.Get("resources").Each(func(one strictjson.Value) bool {
		a.Resource.ID = first(one.Get("ARN").Str(), one.Get("ARNPrefix").Str())
		a.Resource.Type = awsType(one.Get("type").Str())
		return a.Resource.ID == ""
	})
	if e.source == "iam.amazonaws.com" {
		a.User.Target.Name = e.params.Get("userName").Str()
	}
	if a.Resource.ID == "" {
		a.Resource.Type = ""
		e.resourceOfRequest(a)
	}
}

// commonTypes spares the text of the most frequent types of resources.
var commonTypes = map[string]string{
	"AWS::S3::Object": "object", "AWS::S3::Bucket": "bucket", "AWS::KMS::Key": "key", "AWS::IAM::Role": "role", "AWS::IAM::User": "user",
	"AWS::Lambda::Function": "function", "AWS::DynamoDB::Table": "table", "AWS::Bedrock::AgentAlias": "agent_alias",
	"AWS::Bedrock::KnowledgeBase": "knowledge_base", "AWS::Bedrock::FlowAlias": "flow_alias",
}

// awsType is the last part of a type: AWS::S3::Object is an object.
func awsType(s string) string {
	if t, ok := commonTypes[s]; ok {
		return t
	}
	return strings.ToLower(s[strings.LastIndexByte(s, ':')+1:])
}

// requestResources are the parameters that name a resource, the most telling first.
var requestResources = []struct{ param, kind string }{
	{"agentRuntimeArn", "agent_runtime"}, {"agentAliasArn", "agent_alias"}, {"knowledgeBaseId", "knowledge_base"}, {"flowIdentifier", "flow"},
	{"modelId", "model"}, {"secretId", "secret"}, {"roleArn", "role"}, {"roleName", "role"}, {"groupName", "group"}, {"userName", "user"},
	{"policyArn", "policy"}, {"functionName", "function"}, {"tableName", "table"}, {"keyId", "key"}, {"instanceId", "instance"},
	{"snapshotId", "snapshot"}, {"imageId", "image"}, {"dBInstanceIdentifier", "database"}, {"dBSnapshotIdentifier", "snapshot"},
	{"queueUrl", "queue"}, {"topicArn", "topic"}, {"stackName", "stack"}, {"logGroupName", "log_group"}, {"trailName", "trail"},
	{"groupId", "security_group"}, {"vpcId", "vpc"}, {"documentName", "document"}, {"repositoryName", "repository"}, {"clusterName", "cluster"},
}

func (e *trailEvent) resourceOfRequest(a *agenttrail.Action) {
	if bucket := e.params.Get("bucketName").Str(); bucket != "" {
		a.Resource.ID, a.Resource.Type = "arn:aws:s3:::"+bucket, "bucket"
		if key := e.params.Get("key").Str(); key != "" {
			a.Resource.ID, a.Resource.Type = a.Resource.ID+"/"+key, "object"
		}
		return
	}
	if agent := e.params.Get("agentId").Str(); agent != "" {
		a.Resource.ID, a.Resource.Type = agent, "agent"
		if alias := e.params.Get("agentAliasId").Str(); alias != "" {
			a.Resource.ID, a.Resource.Type = agent+"/"+alias, "agent_alias"
		}
		return
	}
	if e.params.Kind() != strictjson.Object {
		return
	}
	for _, known := range requestResources {
		if id := e.params.Get(known.param).Str(); id != "" {
			a.Resource.ID, a.Resource.Type = id, known.kind
			return
		}
	}
}
