import { OAuthClient } from '../../stack/oauth-client.ts';
import type { StackInfo } from '../../stack/stack-file.ts';
import type { TokenSource } from './token-source.ts';

/** Installs its own app in the stack for each token. Ends the tokens in turn by a disconnect and by a revocation (RFC 7009). */
export async function stackSource(stack: StackInfo): Promise<TokenSource> {
  const app = await OAuthClient.register(stack, 'Revocation probe');
  let issued = 0;
  return {
    async issue() {
      const { access_token: value } = await app.install();
      return issued++ % 2 === 0
        ? { value, revocation: 'disconnect', end: await app.prepareDisconnect() }
        : { value, revocation: 'revoke', end: () => app.revoke(value) };
    },
    close: () => app.delete(),
  };
}
