import { text } from '../text.ts';
import { copyText } from '../ui/copy-text.ts';
import './guide.css';

const OUTCOME_SHOWN_MS = 2_500;

/** The pages work without this script, which only adds copy buttons to their snippets. */
for (const snippet of document.querySelectorAll('.snippet')) addCopyButton(snippet);

function addCopyButton(snippet: Element): void {
  const caption = snippet.querySelector('figcaption');
  const code = snippet.querySelector('code');
  if (caption === null || code === null) return;
  const label = document.createElement('span');
  label.textContent = text.copy.action;
  const status = hidden('');
  status.setAttribute('role', 'status');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button button-small';
  button.append(label, hidden(` ${caption.textContent}`));
  button.addEventListener('click', async () => {
    const outcome = text.copy[await copyText(code.textContent)];
    label.textContent = outcome;
    status.textContent = outcome;
    setTimeout(() => {
      label.textContent = text.copy.action;
      status.textContent = '';
    }, OUTCOME_SHOWN_MS);
  });
  snippet.append(button, status);
}

/** Text for screen readers only. */
function hidden(content: string): HTMLElement {
  const element = document.createElement('span');
  element.className = 'visually-hidden';
  element.textContent = content;
  return element;
}
