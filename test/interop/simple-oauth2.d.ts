/** The part of simple-oauth2 5 that simple-oauth2.test.ts uses; the library has no types. */
declare module 'simple-oauth2' {
  export interface ModuleOptions {
    readonly client: { readonly id: string; readonly secret: string };
    readonly auth: {
      readonly tokenHost: string;
      readonly tokenPath: string;
      readonly revokePath: string;
      readonly authorizePath: string;
    };
    readonly options?: {
      readonly authorizationMethod?: 'header' | 'body';
      readonly bodyFormat?: 'form' | 'json';
      readonly credentialsEncodingMode?: 'strict' | 'loose';
    };
  }

  export interface Token {
    readonly access_token: string;
    readonly refresh_token: string;
    readonly token_type: string;
    readonly expires_in: number;
    readonly expires_at: Date;
    readonly scope: string;
  }

  export class AccessToken {
    readonly token: Token;
    expired(): boolean;
    refresh(parameters?: Record<string, string>): Promise<AccessToken>;
    revokeAll(): Promise<void>;
  }

  export class AuthorizationCode {
    constructor(options: ModuleOptions);
    authorizeURL(parameters: Record<string, string>): string;
    getToken(parameters: Record<string, string>): Promise<AccessToken>;
    createToken(token: Record<string, unknown>): AccessToken;
  }
}
