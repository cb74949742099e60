/** nghttp2's programs in C: nghttpd, with which the bench compares our HTTP/2 server, and h2load, a load generator. */
import { ensureProgram } from './debian-package.ts';

/** The path of nghttpd, installed first if it is missing. */
export function ensureNghttpdBinary(): Promise<string> {
  return ensureProgram({ names: ['nghttpd'], debianPackage: 'nghttp2-server' });
}

/** The path of h2load, installed first if it is missing. */
export function ensureH2loadBinary(): Promise<string> {
  return ensureProgram({ names: ['h2load'], debianPackage: 'nghttp2-client' });
}
