declare const kind: unique symbol;

/** A number or string at run time. An id of one kind does not compile where one of another kind is expected. */
type Id<Value, Kind extends string> = Value & { readonly [kind]: Kind };

/** Assigned by the host platform, or derived from such an id for a sandbox. */
export type OrganizationId = Id<number, 'organization'>;
/** Assigned by the host platform, or by the database for the bots of apps. */
export type UserId = Id<number, 'user'>;
export type AppId = Id<number, 'app'>;
export type SecretId = Id<number, 'client secret'>;
export type CodeId = Id<number, 'code'>;
export type TokenPairId = Id<number, 'token pair'>;
export type InstallId = Id<string, 'install'>;
export type HookId = Id<string, 'hook'>;
export type InstallRequestId = Id<string, 'install request'>;
export type DeliveryId = Id<string, 'delivery'>;

/** Only for a checked id: a field of a request, the subject of a session, or an id computed from another (sandbox.ts). */
export const asOrganizationId = (id: number) => id as OrganizationId;
export const asUserId = (id: number) => id as UserId;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether the text has the format of such an id. The id need not exist. */
export const isInstallId = (text: string): text is InstallId => UUID.test(text);
export const isHookId = (text: string): text is HookId => UUID.test(text);
export const isInstallRequestId = (text: string): text is InstallRequestId => UUID.test(text);
export const isDeliveryId = (text: string): text is DeliveryId => UUID.test(text);
