/** The browser of the e2e tests. */
import { ensureProgram } from './debian-package.ts';

/** The path of a Chromium program, installed first if it is missing. */
export function ensureChromiumBinary(): Promise<string> {
  return ensureProgram({ names: ['chromium', 'chromium-browser', 'google-chrome'], debianPackage: 'chromium' });
}
