import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';

export interface SentResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Whether the connection had carried a request before. */
  readonly reused: boolean;
}

/** Sends a request to a port of 127.0.0.1, unchanged: fetch() resolves dots in paths and joins repeated headers. */
export function sendHttp(port: number, path: string, options: RequestOptions = {}, body = ''): Promise<SentResponse> {
  return new Promise((resolve, reject) => {
    const all = { host: '127.0.0.1', port, path, agent: false, ...options };
    const request = httpRequest(all, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const { statusCode: status = 0, headers } = response;
      resolve({ status, headers, body: Buffer.concat(chunks).toString(), reused: request.reusedSocket });
    });
    request.on('error', reject).end(body);
  });
}
