import { text } from '../text.ts';
import { Message } from './message.tsx';

export function NotFound() {
  return (
    <Message documentTitle={text.shell.notFound} title={text.shell.notFound}>
      {text.shell.notFoundBody}
    </Message>
  );
}
