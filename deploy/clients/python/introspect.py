"""Introspects the token on each line of standard input."""

import json
import os
import sys

import grpc
from featureos.oauth.v1 import introspection_service_pb2 as messages
from featureos.oauth.v1 import introspection_service_pb2_grpc as services
from featureos.oauth.v1.introspection_pb2 import InactiveReason

# Calls go to all replicas in turn. After UNAVAILABLE a call is retried at the next replica, unless more than two thirds of the
# recent attempts have failed. No other status is retried.
SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{"service": "featureos.oauth.v1.IntrospectionService"}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.01s",
                "maxBackoff": "0.1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
    "retryThrottling": {"maxTokens": 100, "tokenRatio": 2},
}

OPTIONS = [
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.service_config_disable_resolution", 1),  # no service config from DNS
    ("grpc.dns_min_time_between_resolutions_ms", 1_000),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 1_000),
    ("grpc.enable_http_proxy", 0),  # the proxy would see the tokens
]

# The longest time that an introspection takes, including retries.
TIMEOUT_SECONDS = 1


def introspect(introspection, service_token, token):
    try:
        response = introspection.Introspect(
            messages.IntrospectRequest(token=token),
            timeout=TIMEOUT_SECONDS,
            metadata=[("authorization", f"Bearer {service_token}")],
        )
    except grpc.RpcError as error:
        return f"undecided {error.code().value[0]}"  # respond with 503, never 401
    if not response.active:
        return f"inactive {InactiveReason.Name(response.inactive_reason)}"  # respond with 401
    return f"active {response.organization.subdomain} {','.join(response.scopes)}"


def main():
    target = os.environ["INTROSPECTION_TARGET"]  # dns:///introspection.internal:8084
    with grpc.insecure_channel(target, OPTIONS) as channel:
        introspection = services.IntrospectionServiceStub(channel)
        for line in sys.stdin:
            print(introspect(introspection, os.environ["SERVICE_TOKEN"], line.strip()), flush=True)


if __name__ == "__main__":
    main()
