import { escapeHtml } from '../web/guide/escape-html.ts';
import type { DemoUser } from './demo-world.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: light-dark(#f4f3f0, #121413); color: light-dark(#1d211f, #e8ebe9); }
main { box-sizing: border-box; width: min(26rem, 100vw); padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
p { margin: 0 0 1.25rem; color: light-dark(#565e5a, #a4ada8); }
button { display: block; width: 100%; margin: 0 0 .75rem; padding: .875rem 1rem; text-align: left; font: inherit;
  color: inherit; background: light-dark(#fff, #1c201e); border: 1px solid light-dark(#d5d8d4, #363c39);
  border-radius: .75rem; cursor: pointer; }
button:hover { border-color: light-dark(#0b6b4f, #58c99c); }
button:focus-visible { outline: 3px solid light-dark(#0b6b4f, #58c99c); outline-offset: 2px; }
strong { display: block; }
span { color: light-dark(#565e5a, #a4ada8); }`;

/** The sign-in page of the development platform: a button for each demo user. */
export function signInPage(users: readonly DemoUser[], returnTo: string): string {
  const button = ({ id, name, description }: DemoUser) =>
    `<button name="user" value="${id}"><strong>${escapeHtml(name)}</strong><span>${escapeHtml(description)}</span></button>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · development platform</title>
<link rel="stylesheet" href="/sign-in.css">
<main>
<h1>Sign in</h1>
<p>The sign-in of the development stack, in place of the host platform's. Choose a demo user.</p>
<form method="post" action="/sign-in">
<input type="hidden" name="return_to" value="${escapeHtml(returnTo)}">
${users.map(button).join('\n')}
</form>
</main>
</html>
`;
}

export const signInStyle = STYLE.trim();
