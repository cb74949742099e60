import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { AppLogo } from '../../profile/app-logo.tsx';
import { developerText } from '../../text-developer.ts';
import { Button } from '../../ui/button.tsx';
import { FieldError } from '../../ui/field.tsx';
import type { AppViewProps } from '../app-view.ts';
import { MAX_LOGO_MIB, sendLogo } from './send-logo.ts';

const TYPES = 'image/png,image/jpeg,image/webp';

/** The logo of an app, with buttons to upload, replace and remove it. */
export function LogoPanel({ app, organization }: AppViewProps) {
  const words = developerText.logo;
  const input = useRef<HTMLInputElement>(null);
  const send = useMutation({
    mutationFn: (file: File | undefined) =>
      sendLogo({ organization: organization.subdomain, clientId: app.clientId }, file),
  });
  const upload = (files: FileList | null) => {
    const [file] = files ?? [];
    if (file && !send.isPending) send.mutate(file);
    // Resets the input, because otherwise choosing the same file again would not fire a change event.
    if (input.current) input.current.value = '';
  };
  return (
    <section className="card form logo-panel" aria-label={words.title}>
      <AppLogo name={app.name} clientId={app.clientId} path={app.logoPath} size="large" />
      <div className="logo-text">
        <h2 className="section-title">{words.title}</h2>
        <p className="muted">{words.hint(MAX_LOGO_MIB)}</p>
        <div role="alert">
          <FieldError error={send.error?.message} />
        </div>
      </div>
      <div className="logo-buttons">
        <input
          ref={input}
          type="file"
          accept={TYPES}
          hidden
          aria-label={words.file}
          onChange={(event) => upload(event.target.files)}
        />
        <Button isBusy={send.isPending} onClick={() => input.current?.click()}>
          {app.logoPath === '' ? words.upload : words.replace}
        </Button>
        {app.logoPath !== '' && (
          <Button isDisabled={send.isPending} onClick={() => send.mutate(undefined)}>
            {words.remove}
          </Button>
        )}
      </div>
      <p className="visually-hidden" role="status">
        {send.isSuccess && words.saved}
      </p>
    </section>
  );
}
