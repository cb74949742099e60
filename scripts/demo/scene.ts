import type { Client } from '@connectrpc/connect';
import { DirectoryService } from '#gen/featureos/oauth/v1/directory_service_pb.ts';
import { rpcClient } from '../stack/rpc-client.ts';
import type { StackInfo } from '../stack/stack-file.ts';
import { Narrator } from './narrator.ts';
import { type Call, type HttpResponse, Wire } from './wire.ts';

export const REDIRECT_URI = 'http://127.0.0.1:4711/callback';

export interface DemoApp {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** The requests of the users and of the app of the demo. */
export class Scene {
  readonly stack: StackInfo;
  readonly narrator: Narrator;
  readonly wire: Wire;
  readonly directory: Client<typeof DirectoryService>;

  /** `interrupted` ends the demo before its next step. */
  constructor(stack: StackInfo, interrupted: AbortSignal) {
    this.stack = stack;
    this.narrator = new Narrator(interrupted);
    this.wire = new Wire(this.narrator);
    this.directory = rpcClient(DirectoryService, stack.auth_server.grpc, stack.credentials.platform);
  }

  /** A request of a signed-in user to auth-server. `organization`: the subdomain of the organization that it is about. */
  async user(
    userId: number,
    method: string,
    path: string,
    call: Call & { organization?: string } = {},
  ): Promise<HttpResponse> {
    const jwt = await (await fetch(this.stack.session_jwt_url + userId)).text();
    const headers = {
      authorization: `Bearer ${jwt}`,
      ...(call.organization !== undefined && { 'x-organization': call.organization }),
    };
    return this.wire.request(method, this.stack.auth_server.http + path, { ...call, headers });
  }

  /** A request of the app to an endpoint for clients. */
  app(app: DemoApp, path: string, form: Record<string, string>): Promise<HttpResponse> {
    const basic = Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64');
    return this.wire.request('POST', this.stack.auth_server.http + path, {
      form,
      headers: { authorization: `Basic ${basic}` },
    });
  }

  /** A request of the app to the v3 API. */
  v3(accessToken: string, method: string, path: string, json?: unknown): Promise<HttpResponse> {
    const call = { headers: { authorization: `Bearer ${accessToken}` }, ...(json !== undefined && { json }) };
    return this.wire.request(method, `${this.stack.gateway.http}/api/v3${path}`, call);
  }

  /** The admin of the target organization consents. Returns the code from the redirect. */
  async consent(app: DemoApp, actor: 'app' | 'self', challenge: string): Promise<string> {
    const { target_organization: target, users } = this.stack.demo;
    const response = await this.user(users.target_admin, 'POST', '/oauth/authorize/consent', {
      json: {
        client_id: app.clientId,
        redirect_uri: REDIRECT_URI,
        target_organization_id: target.id,
        actor,
        state: 'xyz',
        code_challenge: challenge,
        code_challenge_method: 'S256',
        decision: 'approve',
      },
    });
    this.narrator.expect('the admin is sent back to the app', response.status, 200);
    const { searchParams } = new URL(response.body.redirect_to);
    this.narrator.expect(
      'state and issuer are returned',
      [searchParams.get('state'), searchParams.get('iss')],
      ['xyz', this.stack.auth_server.http],
    );
    return searchParams.get('code') ?? '';
  }

  async exchange(app: DemoApp, code: string, verifier: string): Promise<Pair> {
    const response = await this.app(app, '/oauth/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
    });
    this.narrator.expect(
      'a token pair; the access token is valid for 24 hours',
      [response.status, response.body.expires_in],
      [200, 86_400],
    );
    return response.body;
  }
}
