// Introspects the token on each line of standard input.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	oauth "example.com/gateway/gen/featureos/oauth/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
)

// Calls go to all replicas in turn. After UNAVAILABLE a call is retried at the next replica, unless more than two thirds of the
// recent attempts have failed. No other status is retried.
const serviceConfig = `{
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [{"service": "featureos.oauth.v1.IntrospectionService"}],
    "retryPolicy": {
      "maxAttempts": 4,
      "initialBackoff": "0.01s",
      "maxBackoff": "0.1s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }],
  "retryThrottling": {"maxTokens": 100, "tokenRatio": 2}
}`

// The longest time that an introspection takes, including retries.
const timeout = time.Second

// serviceToken is sent with every call.
type serviceToken string

func (token serviceToken) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(token)}, nil
}

func (serviceToken) RequireTransportSecurity() bool { return false }

func main() {
	connection, err := grpc.Dial(
		os.Getenv("INTROSPECTION_TARGET"), // dns:///introspection.internal:8084
		grpc.WithInsecure(),
		grpc.WithPerRPCCredentials(serviceToken(os.Getenv("SERVICE_TOKEN"))),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithDisableServiceConfig(), // no service config from DNS
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: time.Second}),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer connection.Close()
	introspection := oauth.NewIntrospectionServiceClient(connection)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(introspect(introspection, lines.Text()))
	}
}

func introspect(introspection oauth.IntrospectionServiceClient, token string) string {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	response, err := introspection.Introspect(ctx, &oauth.IntrospectRequest{Token: token})
	if err != nil {
		return fmt.Sprint("undecided ", int(status.Code(err))) // respond with 503, never 401
	}
	if !response.GetActive() {
		return fmt.Sprint("inactive ", response.GetInactiveReason()) // respond with 401
	}
	return fmt.Sprint("active ", response.GetOrganization().GetSubdomain(), " ", strings.Join(response.GetScopes(), ","))
}
