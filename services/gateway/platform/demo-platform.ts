import type { Clock } from '#common/process/clock.ts';
import { RecordList } from './record-list.ts';
import type { Author, Comment, Customer, FeatureRequest } from './records.ts';

/** Ids are unique across organizations, as in a real table, so that tests can try ids of another organization. */
type NextId = () => number;

/** Replaces the host platform in the demo: the data of the v3 API, in memory. */
export class DemoPlatform {
  readonly #workspaces = new Map<number, Workspace>();
  readonly #clock: Clock;
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The data of one organization. All access goes through it, so nothing can be read across organizations. */
  workspace(organizationId: number): Workspace {
    const existing = this.#workspaces.get(organizationId);
    if (existing !== undefined) return existing;
    const workspace = new Workspace(this.#clock, () => ++this.#lastId);
    this.#workspaces.set(organizationId, workspace);
    return workspace;
  }
}

export class Workspace {
  readonly featureRequests = new RecordList<FeatureRequest>();
  readonly comments = new RecordList<Comment>();
  readonly customers = new RecordList<Customer>();
  readonly #clock: Clock;
  readonly #nextId: NextId;

  /** Starts with two customers, because no endpoint creates any. */
  constructor(clock: Clock, nextId: NextId) {
    this.#clock = clock;
    this.#nextId = nextId;
    for (const name of ['Ada', 'Grace']) {
      const id = nextId();
      this.customers.add({ id, name, email: `${name.toLowerCase()}-${id}@customers.invalid` });
    }
  }

  addFeatureRequest(fields: Pick<FeatureRequest, 'title' | 'body'>, author: Author): FeatureRequest {
    return this.featureRequests.add({ id: this.#nextId(), ...fields, author, createdAt: this.#now() });
  }

  addComment(fields: Pick<Comment, 'featureRequestId' | 'body'>, author: Author): Comment {
    return this.comments.add({ id: this.#nextId(), ...fields, author, createdAt: this.#now() });
  }

  #now(): Date {
    return new Date(this.#clock.now());
  }
}
