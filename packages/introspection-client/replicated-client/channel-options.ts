import type { DescMethod } from '@bufbuild/protobuf';
import type { ChannelOptions } from '@grpc/grpc-js';

/**
 * Round robin keeps choosing a replica that has hung, because its connection stays open. Keepalive pings close the connection
 * within the sum of these times.
 */
const KEEPALIVE_TIME_MS = 2_000;
const KEEPALIVE_TIMEOUT_MS = 1_000;

/** grpc-js would wait up to 2 minutes before it reconnects to a replica. It varies the wait by a fifth. */
const INITIAL_RECONNECT_BACKOFF_MS = 100;
const MAX_RECONNECT_BACKOFF_MS = 200;

/** Longer than any wait before a reconnection, so that a call succeeds if a replica can be reached when the call begins. */
export const MAX_RECONNECT_WAIT_MS = 300;

/**
 * A DNS name is resolved again when a connection ends or fails, at most this often. With the 30 s of grpc-js a client could be
 * left without replicas after all were replaced.
 */
const MIN_TIME_BETWEEN_LOOKUPS_MS = 1_000;

/** The largest responses are those of GetTokenStates: 500 states are about 200 KiB, or 500 KiB with the longest names. */
const MAX_RECEIVE_MESSAGE_BYTES = 1024 * 1024;
/**
 * The window of a connection and of each call. With HTTP/2's default of 64 KiB a replica would have to wait for a WINDOW_UPDATE
 * within each large response.
 */
const FLOW_CONTROL_WINDOW_BYTES = 2 * MAX_RECEIVE_MESSAGE_BYTES;

/**
 * After UNAVAILABLE the next attempt goes to the next replica (round robin). No other code is retried: after DEADLINE_EXCEEDED
 * no time is left, and the others would fail again.
 */
const RETRY_POLICY = {
  maxAttempts: 4,
  initialBackoff: '0.01s',
  maxBackoff: '0.1s',
  backoffMultiplier: 2,
  retryableStatusCodes: ['UNAVAILABLE'],
};

/**
 * Retries stop while the balance is at most half of `maxTokens` (gRFC A6), so that an outage does not multiply the load by four.
 * An attempt that fails costs 1. A success adds `tokenRatio`, so that retries continue while one of two replicas fails.
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
    // A DNS TXT record must not replace the service config.
    'grpc.service_config_disable_resolution': 1,
    'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.initial_reconnect_backoff_ms': INITIAL_RECONNECT_BACKOFF_MS,
    'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_BACKOFF_MS,
    'grpc.dns_min_time_between_resolutions_ms': MIN_TIME_BETWEEN_LOOKUPS_MS,
    'grpc.max_receive_message_length': MAX_RECEIVE_MESSAGE_BYTES,
    'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
    // Access tokens must not go through an `http_proxy` from the environment.
    'grpc.enable_http_proxy': 0,
    // Connections are closed with their client.
    'grpc.use_local_subchannel_pool': 1,
  };
}
