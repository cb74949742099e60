/** nghttp2's own programs, in C: what the bench takes as the measure of an HTTP/2 server and of a load generator. */
import { ensureProgram } from './debian-package.ts';

/** The path of nghttpd, installed first where need be. */
export function ensureNghttpdBinary(): Promise<string> {
  return ensureProgram({ names: ['nghttpd'], debianPackage: 'nghttp2-server' });
}

/** The path of h2load, installed first where need be. */
export function ensureH2loadBinary(): Promise<string> {
  return ensureProgram({ names: ['h2load'], debianPackage: 'nghttp2-client' });
}
