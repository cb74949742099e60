import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '#gen/health/v1/health_pb.ts';
import type { ClientTls } from './rpc-client.ts';

const TIMEOUT_MS = 5_000;

/** Whether a gRPC server is SERVING (grpc.health.v1). Rejects if the call fails. */
export async function isServing(address: string, tls?: ClientTls): Promise<boolean> {
  const baseUrl = `${tls === undefined ? 'http' : 'https'}://${address}`;
  const sessionManager = new Http2SessionManager(baseUrl, undefined, { ...tls });
  try {
    const client = createClient(Health, createGrpcTransport({ baseUrl, sessionManager }));
    const { status } = await client.check({}, { timeoutMs: TIMEOUT_MS });
    return status === ServingStatus.SERVING;
  } finally {
    sessionManager.abort();
  }
}
