import { describeActor } from '../scopes/actor-modes.ts';
import { describeEvent, describeScope } from '../scopes/describe.ts';
import { text } from '../text.ts';
import { developerText } from '../text-developer.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import type { PendingUpdate } from './use-app-update.ts';

interface NarrowingDialogProps {
  readonly update: PendingUpdate;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function NarrowingDialog({ update: { narrowing, installCount }, onConfirm, onClose }: NarrowingDialogProps) {
  const words = developerText.appForm;
  return (
    <Dialog title={words.narrowTitle} onClose={onClose}>
      <p>{words.narrowBody(installCount)}</p>
      <dl className="changes">
        <Lost name={words.narrowScopes} items={narrowing.scopes.map((name) => describeScope(name).description)} />
        <Lost name={words.narrowModes} items={narrowing.modes.map(describeActor)} />
        <Lost name={words.narrowEvents} items={narrowing.events.map(describeEvent)} />
      </dl>
      <div className="dialog-buttons">
        <Button onClick={onClose}>{text.actions.cancel}</Button>
        <Button kind="danger" onClick={onConfirm}>
          {words.narrowConfirm}
        </Button>
      </div>
    </Dialog>
  );
}

function Lost({ name, items }: { readonly name: string; readonly items: readonly string[] }) {
  if (items.length === 0) return null;
  return (
    <div className="change">
      <dt>{name}</dt>
      {items.map((item) => (
        <dd key={item}>{item}</dd>
      ))}
    </div>
  );
}
