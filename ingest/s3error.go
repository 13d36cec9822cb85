package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// explain says what an error of S3 means and what to do about it. permission is what the request needs; key is empty for a listing.
func (s *S3) explain(err error, permission, key string) error {
	var api smithy.APIError
	if errors.Is(err, ErrChanged) || errors.Is(err, ErrRequest) || errors.Is(err, context.Canceled) {
		return err
	}
	if failed := s.credentials(err); failed != nil {
		return failed
	}
	if !errors.As(err, &api) {
		return err
	}
	if known := s.explainCode(api, permission, key); known != nil {
		return known
	}
	return s.explainStatus(err, api, permission, key)
}

// credentials explains errors that came before the request: no credential was found, or the role was refused. nil: it is something else.
func (s *S3) credentials(err error) error {
	var op *smithy.OperationError
	if !errors.As(err, &op) {
		return nil
	}
	var inner *smithy.OperationError
	if errors.As(op.Err, &inner) && inner.Service() == sts.ServiceID {
		return fmt.Errorf("%w: role %s was not given (needs sts:AssumeRole on it, and a trust policy of the role that names us and the external id): %s",
			ErrCredential, s.o.RoleARN, brief(err))
	}
	for e := error(op); e != nil; e = errors.Unwrap(e) {
		if text := e.Error(); strings.HasPrefix(text, "get identity: ") || strings.HasPrefix(text, "failed to refresh cached credentials") {
			return fmt.Errorf("%w: none was found (set AWS_PROFILE, AWS_ACCESS_KEY_ID and its secret, or give the machine a role)", ErrCredential)
		}
	}
	return nil
}

// brief is the server's own code and message, which hold no secret, or nothing.
func brief(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return "no answer"
	}
	return api.ErrorCode() + ": " + api.ErrorMessage()
}

func (s *S3) explainCode(api smithy.APIError, permission, key string) error {
	switch code := api.ErrorCode(); code {
	case "NoSuchKey", "NoSuchVersion":
		return ErrGone
	case "PreconditionFailed":
		return ErrChanged
	case "NoSuchBucket":
		return fmt.Errorf("%w: there is no bucket %s (see bucket, endpoint and region)", ErrCredential, s.o.Bucket)
	case "AccessDenied", "AllAccessDisabled", "KMS.AccessDeniedException", "KMS.DisabledException":
		return s.denied(api, permission)
	case "InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId":
		return fmt.Errorf("%w: the server does not know this access key (see AWS_ACCESS_KEY_ID or AWS_PROFILE)", ErrCredential)
	case "SignatureDoesNotMatch":
		return fmt.Errorf("%w: the secret key does not belong to the access key, or a proxy changes requests", ErrCredential)
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken", "RequestExpired":
		return fmt.Errorf("%w: the session token has expired or is not valid (log in again, or give the machine a role)", ErrCredential)
	case "RequestTimeTooSkewed":
		return fmt.Errorf("%w: the clock of this machine is wrong", ErrCredential)
	case "InvalidObjectState":
		return fmt.Errorf("%w: the object is archived: restore s3://%s/%s first, or exclude it", ErrRequest, s.o.Bucket, escape(key))
	}
	return nil
}

// denied names the permission that is missing. KMS answers through S3, so the key's denial is told by the message.
func (s *S3) denied(api smithy.APIError, permission string) error {
	code, message := api.ErrorCode(), api.ErrorMessage()
	if strings.HasPrefix(code, "KMS.") || strings.Contains(message, "kms:") || strings.Contains(message, "KMS") {
		return fmt.Errorf("%w (needs kms:Decrypt on the key that encrypts s3://%s, in our policy and in the key's)", ErrDenied, s.o.Bucket)
	}
	resource := "arn:aws:s3:::" + s.o.Bucket
	if permission != "s3:ListBucket" {
		resource += "/*"
	}
	return fmt.Errorf("%w (needs %s on %s)", ErrDenied, permission, resource)
}

// explainStatus explains what only the status tells: another region, or an answer that will not change.
func (s *S3) explainStatus(err error, api smithy.APIError, permission, key string) error {
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) {
		return err
	}
	region := response.Response.Header.Get("X-Amz-Bucket-Region")
	switch status := response.HTTPStatusCode(); {
	case status == http.StatusMovedPermanently, status == http.StatusTemporaryRedirect, api.ErrorCode() == "AuthorizationHeaderMalformed":
		return fmt.Errorf("%w: %s", ErrCredential, regionRemedy(s.o, region))
	case status == http.StatusPreconditionFailed:
		return ErrChanged
	case status == http.StatusForbidden:
		return s.denied(api, permission)
	case status == http.StatusNotFound && key != "":
		return ErrGone
	case status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests && api.ErrorCode() != "RequestTimeout":
		return fmt.Errorf("%w: %s", ErrRequest, brief(err))
	}
	return fmt.Errorf("%s (status %d)", brief(err), response.HTTPStatusCode())
}

func regionRemedy(o S3Options, region string) string {
	if region == "" {
		return fmt.Sprintf("the bucket %s is in another region: set region at the source", o.Bucket)
	}
	return fmt.Sprintf("the bucket %s is in another region: set region: %s at the source", o.Bucket, region)
}
