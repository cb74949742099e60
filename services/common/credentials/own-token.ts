import { bearerToken } from '../process/config-checks.ts';
import type { ConfigReader } from '../process/config-readers.ts';
import type { FileReloader, NamedFile } from '../process/file-reloader.ts';
import { Secret } from './secret.ts';

/** The token with which a service authenticates, or the file that has it; undefined: it uses a client certificate instead. */
export type OwnTokenSetting = Secret | NamedFile | undefined;

/** `name`, or `<name>_FILE` with the path of a file; one of them is required, unless the service `hasCertificate`. */
export function readOwnToken(read: ConfigReader, name: string, hasCertificate: boolean): OwnTokenSetting {
  const setting = `${name}_FILE`;
  const path = read.optionalText(setting);
  const token =
    path === undefined && !hasCertificate
      ? read.text(name, undefined, bearerToken)
      : read.optionalText(name, bearerToken);
  if (path === undefined) return token === undefined ? undefined : new Secret(token);
  if (token !== undefined) read.problem(name, `and ${setting} must not both be set`);
  return { setting, path };
}

/** The token, which changes with its file if it is in one. */
export function loadOwnToken(token: OwnTokenSetting, files: FileReloader): Pick<Secret, 'reveal'> | undefined {
  return token === undefined || token instanceof Secret ? token : new TokenFile(token, files);
}

class TokenFile {
  #secret!: Secret;

  constructor(file: NamedFile, files: FileReloader) {
    files.load([file], ([content]) => {
      const text = String(content).trim();
      const problem = bearerToken(text);
      if (problem !== undefined) throw new Error(`${file.setting} ${problem}`);
      this.#secret = new Secret(text);
    });
  }

  reveal(): string {
    return this.#secret.reveal();
  }
}
