import type { ChangeStep } from '../../../../services/auth-server/store/pg-authority.ts';

/**
 * Simplifications of the model (model/variants.ts) that can be wired into running processes, by the side that has them. A
 * fence that replaces another's is not among them: the locks let no two changes of one key fence it at the same time.
 */
export type BrokenFence = 'acknowledgesBeforeDrop' | 'unfenced' | 'dropTakesOtherFences' | 'dropsIntoFixedStamp';
export type BrokenReader = 'fillsWithoutLease' | 'joinsQuestionsInFlight' | 'fillsAnyGeneration' | 'ignoresStamps';
export type Broken = BrokenFence | BrokenReader;

/** What a change meets at a step: its process dies, or stops (until the parent continues it), or the step takes longer. */
export type StepFault = { readonly step: ChangeStep; readonly times: number } & (
  | { readonly action: 'kill' }
  | { readonly action: 'stop' }
  | { readonly action: 'delay'; readonly ms: number }
  | { readonly action: 'hold' }
);

/** From the parent. */
export type Command =
  | { readonly kind: 'arm'; readonly fault: StepFault }
  | { readonly kind: 'disarm' }
  /** Lets those go on that are held. */
  | { readonly kind: 'release' }
  /** From now on the protocol is simplified in that way; undefined: whole again. */
  | { readonly kind: 'break'; readonly broken: Broken | undefined }
  /** The service's clock jumps ahead. */
  | { readonly kind: 'advance clock'; readonly ms: number };

/** From the child. */
export type Report =
  | { readonly kind: 'ready'; readonly addresses: Record<string, string> }
  /** An armed fault is about to happen. */
  | { readonly kind: 'reached'; readonly step: ChangeStep }
  /** A change goes on without its fence, or rolls back for want of it: B is not promised any more. */
  | { readonly kind: 'fence failed' };
