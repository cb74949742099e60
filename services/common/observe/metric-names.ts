/** Metrics that several services have, with OpenTelemetry's names in the form of Prometheus. */

export const HTTP_REQUESTS = {
  name: 'http_server_request_duration_seconds',
  help: 'Requests over HTTP, by the template of their route; RPCs are in rpc_server_call_duration_seconds',
};

export const SERVER_CALLS = {
  name: 'rpc_server_call_duration_seconds',
  help:
    'Unary RPCs that were received, from their header (port http: their decoded message) to their status; ' +
    'port: grpc, fast, internal, http (Connect)',
};

export const CLIENT_CALLS = {
  name: 'rpc_client_call_duration_seconds',
  help: 'Unary RPCs that were sent; a duration includes retries',
};
