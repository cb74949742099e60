/** Credentials, which must not appear in full on a screen or in a log. */
const CREDENTIAL = /\b(fosec_|fooc_|foot_|foor_)([0-9A-Za-z]{3})[0-9A-Za-z]+([0-9A-Za-z]{2})\b/g;
const CODE_VERIFIER = /\b(code_verifier=[\w~.-]{4})[\w~.-]+/g;
const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g;
const BASIC = /\bBasic [A-Za-z0-9+/=]+/g;
const SERVICE_TOKEN = /\bBearer ([A-Za-z0-9_-]{4})[A-Za-z0-9_-]{37,}/g;

/** The text with every credential shortened, for example `foot_8Kd…x2`. */
export function shorten(text: string): string {
  return text
    .replace(BASIC, (basic) => `Basic ${shortenBasic(basic.slice('Basic '.length))}`)
    .replace(JWT, (jwt) => `${jwt.slice(0, 6)}…(session JWT)`)
    .replace(CREDENTIAL, '$1$2…$3')
    .replace(CODE_VERIFIER, '$1…')
    .replace(SERVICE_TOKEN, 'Bearer $1…(service token)');
}

/** Decoded, to show who authenticates: `(foapp_…:fosec_8Kd…x2)`. */
function shortenBasic(encoded: string): string {
  return `(${Buffer.from(encoded, 'base64').toString().replace(CREDENTIAL, '$1$2…$3')})`;
}
