import { parse, YAMLParseError } from 'yaml';
import { usageError } from '../exit-codes.ts';
import { type AppFields, FIELD_NAMES, toRegisterRequest } from './app-fields.ts';

/** An app as a file describes it. */
export interface Manifest {
  /** The app to change; without it, the app with this name in the organization, or a new one. */
  readonly clientId?: string;
  readonly fields: AppFields & { readonly name: string };
  /** The path of an image, relative to the file. Null: the app has no logo. Undefined: the logo stays. */
  readonly logo?: string | null;
}

/** The fields of a manifest that describe the app. */
const NAMES = [...FIELD_NAMES, 'logo'];

/** Reads YAML or JSON. Throws for unknown fields, wrong types and a missing name. */
export function parseManifest(text: string, file: string): Manifest {
  const content = parseYaml(text, file);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw usageError(`${file} must have the fields of one app: ${NAMES.join(', ')}`);
  }
  const { client_id: clientId, logo, ...fields } = content as Record<string, unknown>;
  const unknown = Object.keys(fields).filter((name) => !FIELD_NAMES.includes(name));
  if (unknown.length > 0) {
    throw usageError(`${file}: ${unknown.join(', ')} is not a field of an app. The fields are ${NAMES.join(', ')}`);
  }
  if (typeof fields.name !== 'string') throw usageError(`${file}: name is required`);
  if (clientId !== undefined && typeof clientId !== 'string') throw usageError(`${file}: client_id must be a string`);
  if (logo !== undefined && logo !== null && typeof logo !== 'string') {
    throw usageError(`${file}: logo must be the path of an image, or null for none`);
  }
  const manifest = {
    fields: asStored(fields) as Manifest['fields'],
    ...(clientId !== undefined && { clientId }),
    ...(logo !== undefined && { logo }),
  };
  toRegisterRequest(manifest.fields);
  return manifest;
}

/** The texts as the server stores them, so that a plan has real changes only. For example, YAML ends a block with a newline. */
function asStored(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? storedText(name, value) : value]),
  );
}

function storedText(field: string, text: string): string | null {
  if (field === 'name') return text.trim();
  // In a manifest an empty text means none, as null does.
  return (field === 'description' ? text.replace(/\s+/g, ' ').trim() : text) || null;
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof YAMLParseError) throw usageError(`${file}: ${error.message}`);
    throw error;
  }
}
