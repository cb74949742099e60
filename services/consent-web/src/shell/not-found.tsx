import { text } from '../text.ts';
import { PageTitle } from '../ui/page-title.tsx';

export function NotFound() {
  return (
    <>
      <PageTitle documentTitle={text.shell.notFound}>{text.shell.notFound}</PageTitle>
      <p className="muted">{text.shell.notFoundBody}</p>
    </>
  );
}
