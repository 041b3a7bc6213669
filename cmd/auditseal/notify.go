package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"
)

// notifyEnv names who is told beside --notify, separated by white space: the address of a webhook is often a secret, and the command line
// is not.
const notifyEnv = "AUDITSEAL_NOTIFY"

// notifyTime is how long telling one of them may take, all attempts together.
const notifyTime = 30 * time.Second

var topicForm = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$`)

// A listener is told how a run ended: a topic of Amazon SNS, or a webhook.
type listener struct {
	topic string // an ARN
	hook  *url.URL
}

// String names it without what may be a secret: of a webhook only the host.
func (l listener) String() string {
	if l.hook != nil {
		return l.hook.Scheme + "://" + l.hook.Host
	}
	return l.topic
}

// listeners reads who is to be told. A wrong one is an error before anything is done, and is not repeated in it: it may be a secret.
func listeners(said []string) ([]listener, error) {
	var out []listener
	for i, s := range append(strings.Fields(os.Getenv(notifyEnv)), said...) {
		name, isTopic := strings.CutPrefix(s, "sns:")
		u, err := url.Parse(s)
		switch {
		case isTopic && topicForm.MatchString(name):
			out = append(out, listener{topic: name})
		case isTopic:
			return nil, usage("write it as sns:arn:aws:sns:eu-west-1:111122223333:audits", "--notify %q names no topic", s)
		case err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil:
			out = append(out, listener{hook: u})
		default:
			return nil, usage("write sns:TOPIC-ARN, or the address of a webhook, https://…", "listener %d of %s and --notify is neither a topic of SNS nor the address of a webhook", i+1, notifyEnv)
		}
	}
	return out, nil
}

func notifyFlag(c *cobra.Command, to *[]string) {
	c.Flags().StringArrayVar(to, "notify", nil, "who is told how the run ended, as its summary in JSON: sns:TOPIC-ARN or https://…; may be given several times, and in "+notifyEnv)
}

// tell sends the summary to everybody, and says on stderr who could not be told. That changes nothing about the run: it ended as it did, and
// a missing message is what the alarm for a missing run is for.
func (a *app) tell(to []listener, s *summary) {
	if len(to) == 0 {
		return
	}
	body, err := json.Marshal(s)
	if err != nil {
		fmt.Fprintf(a.err, "auditseal: nobody was told: %v\n", err)
		return
	}
	for _, l := range to {
		// The run's own context may have been ended by the signal that is to be told of.
		ctx, cancel := context.WithTimeout(context.Background(), notifyTime)
		err := l.tell(ctx, s, body)
		cancel()
		if err != nil {
			fmt.Fprintf(a.err, "auditseal: %s was not told how the run ended: %s\n", l, inert(err.Error()))
		}
	}
}

func (l listener) tell(ctx context.Context, s *summary, body []byte) error {
	if l.hook != nil {
		return post(ctx, l.hook, body)
	}
	return publish(ctx, l.topic, s.subject(), body)
}

// publish sends the summary to a topic, with the caller's own credentials, in the topic's region.
func publish(ctx context.Context, topic, subject string, body []byte) error {
	name, err := arn.Parse(topic)
	if err != nil {
		return err
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(name.Region), config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(10*time.Second)))
	if err != nil {
		return err
	}
	in := &sns.PublishInput{TopicArn: &topic, Message: aws.String(string(body)), Subject: &subject}
	if strings.HasSuffix(topic, ".fifo") {
		sum := sha256.Sum256(body)
		in.Subject, in.MessageGroupId, in.MessageDeduplicationId = nil, aws.String("auditseal"), aws.String(hex.EncodeToString(sum[:]))
	}
	_, err = sns.NewFromConfig(cfg).Publish(ctx, in)
	var api smithy.APIError
	if errors.As(err, &api) {
		return fmt.Errorf("sns:Publish: %s: %s", api.ErrorCode(), api.ErrorMessage())
	}
	return err
}

// postAttempts is how often a webhook is tried; between two attempts the wait doubles, from postWait.
const (
	postAttempts = 4
	postWait     = time.Second
)

// post sends the summary to a webhook. Only an answer of 200 to 299 means that it was taken. A redirect is not followed: it would carry the
// summary to somebody who was not named. No error names the address.
func post(ctx context.Context, to *url.URL, body []byte) error {
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var last error
	for i := range postAttempts {
		if i > 0 {
			select {
			case <-ctx.Done():
				return last
			case <-time.After(postWait << (i - 1)):
			}
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
		if err != nil {
			return errors.New("its address cannot be used")
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("User-Agent", "auditseal")
		answer, err := client.Do(req)
		if err != nil {
			var u *url.Error
			if errors.As(err, &u) {
				err = u.Err
			}
			last = err
			continue
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
		answer.Body.Close()
		switch {
		case answer.StatusCode >= 200 && answer.StatusCode < 300:
			return nil
		case answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusRequestTimeout:
			last = fmt.Errorf("it answered %s", answer.Status)
		case answer.StatusCode >= 300 && answer.StatusCode < 400:
			return fmt.Errorf("it answered %s, and redirects are not followed: name the address that takes it", answer.Status)
		default:
			return fmt.Errorf("it answered %s", answer.Status)
		}
	}
	return last
}
