import type { DescMethod } from '@bufbuild/protobuf';
import type { ChannelOptions } from '@grpc/grpc-js';

/**
 * A replica that no longer answers at all (host gone, event loop stuck) keeps its connection, and round robin keeps
 * choosing it. Unanswered PINGs end the connection at most this long after it hung: time between PINGs plus timeout.
 */
const KEEPALIVE_TIME_MS = 2_000;
const KEEPALIVE_TIMEOUT_MS = 1_000;

/** grpc-js would wait up to 2 minutes before it looks again at a replica that was away; every API call waits for us. */
const INITIAL_RECONNECT_BACKOFF_MS = 100;
const MAX_RECONNECT_BACKOFF_MS = 1_000;

/**
 * A DNS name is looked up again as soon as a connection ends or fails, but not more often than this. grpc-js would wait for
 * 30 s, in which replicas that were replaced leave nobody to ask.
 */
const MIN_TIME_BETWEEN_LOOKUPS_MS = 1_000;

/** 500 token states are some 200 KiB, with the longest names 500. */
const MAX_RECEIVE_MESSAGE_BYTES = 1024 * 1024;

/**
 * UNAVAILABLE says that nothing was decided, so another replica may be asked; round robin makes the next attempt go to
 * the next one. No other code is retried: a DEADLINE_EXCEEDED has no time left and the rest would come out the same.
 */
const RETRY_POLICY = {
  maxAttempts: 4,
  initialBackoff: '0.01s',
  maxBackoff: '0.1s',
  backoffMultiplier: 2,
  retryableStatusCodes: ['UNAVAILABLE'],
};

/**
 * Retries stop while more than half of the tokens are gone (gRFC A6), so that an outage does not meet four times the
 * load. A success gives back two: with one of two replicas failing, retries still go on.
 */
const RETRY_THROTTLING = { maxTokens: 100, tokenRatio: 2 };

/** Options of a channel over replicas. `safeToRepeat` names the methods that may be retried. */
export function channelOptions(safeToRepeat: readonly DescMethod[]): ChannelOptions {
  const serviceConfig = {
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: [
      {
        name: safeToRepeat.map(({ parent, name }) => ({ service: parent.typeName, method: name })),
        retryPolicy: RETRY_POLICY,
      },
    ],
    retryThrottling: RETRY_THROTTLING,
  };
  return {
    'grpc.service_config': JSON.stringify(serviceConfig),
    // A DNS TXT record must not be able to replace the above.
    'grpc.service_config_disable_resolution': 1,
    'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.initial_reconnect_backoff_ms': INITIAL_RECONNECT_BACKOFF_MS,
    'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_BACKOFF_MS,
    'grpc.dns_min_time_between_resolutions_ms': MIN_TIME_BETWEEN_LOOKUPS_MS,
    'grpc.max_receive_message_length': MAX_RECEIVE_MESSAGE_BYTES,
    // `http_proxy` in the environment would send access tokens through that proxy.
    'grpc.enable_http_proxy': 0,
    // Connections end with the client that opened them.
    'grpc.use_local_subchannel_pool': 1,
  };
}
