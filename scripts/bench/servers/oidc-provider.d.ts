/** The part of oidc-provider 9 that the bench uses; it has no types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export interface Adapter {
    upsert(id: string, payload: object): Promise<void>;
    find(id: string): Promise<object | undefined>;
    findByUserCode(userCode: string): Promise<object | undefined>;
    findByUid(uid: string): Promise<object | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }

  /** Opaque. */
  export type Client = object;

  export class Provider {
    constructor(issuer: string, configuration: object);
    readonly Client: { find(id: string): Promise<Client | undefined> };
    readonly ClientCredentials: new (token: {
      readonly client: Client | undefined;
      readonly scope: string;
    }) => { save(): Promise<string> };
    callback(): RequestListener;
  }
}
