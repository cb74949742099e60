import { received } from './check-entry.ts';
import {
  CHANGE_STEPS,
  type Connection,
  READER_STEPS,
  type Reader,
  type Server,
  type Value,
  type World,
} from './world.ts';

/**
 * Worlds with the same key have the same possible continuations. The key does not contain absolute ids and generations, only
 * which of them are equal. It omits unreachable key spaces, and represents messages by their effect. Readers are sorted.
 */
export function keyOf(world: World): string {
  const key = new KeyText();
  key.add(world.committed, world.acknowledged, world.exempt, world.primary, world.previous + 1, world.introspects);
  key.add(...Object.values(world.left));
  key.text += world.violated ?? '';
  const connectedTo = new Set(
    [world.authServer, ...world.changes.map(connectionOf), ...world.readers.map(connectionOf)].map(
      ({ generation }) => generation,
    ),
  );
  for (const server of world.servers) addServer(key, server, connectedTo);
  for (const { step, connection, writes } of world.changes) {
    key.add(CHANGE_STEPS.indexOf(step), writes);
    key.addConnection(connection);
  }
  key.addConnection(world.authServer);
  key.addId(world.version);
  const readers = world.readers.map(received).map((reader) => ({ shape: shapeOf(reader), reader }));
  readers.sort((a, b) => (a.shape < b.shape ? -1 : a.shape > b.shape ? 1 : 0));
  for (const { shape, reader } of readers) {
    key.text += shape;
    addReader(key, reader);
  }
  return key.text;
}

const connectionOf = ({ connection }: { readonly connection: Connection }) => connection;

class KeyText {
  text = '';
  readonly #ids: number[] = [0];
  readonly #generations: number[] = [0];

  add(...numbers: number[]): void {
    for (const number of numbers) this.text += String.fromCharCode(48 + number);
  }

  addId(id: number): void {
    this.add(nameIn(this.#ids, id));
  }

  addGeneration(generation: number): void {
    this.add(nameIn(this.#generations, generation));
  }

  addConnection({ server, generation, isUsable }: Connection): void {
    this.add(server + 1, isUsable ? 1 : 0);
    this.addGeneration(generation);
  }

  addValue(value: Value | undefined): void {
    this.text += value ? value.kind[0] : '-';
    if (!value) return;
    if (value.kind === 'fence') this.add(value.changes);
    else this.addId(value.id);
    if (value.kind !== 'state') return;
    this.add(value.response);
    for (const id of value.stamps) this.addId(id);
  }
}

function nameIn(names: number[], number: number): number {
  const at = names.indexOf(number);
  return at !== -1 ? at : names.push(number) - 1;
}

function addServer(key: KeyText, { generation, identified, spaces }: Server, connectedTo: ReadonlySet<number>): void {
  key.add(identified ? 1 : 0);
  key.addGeneration(generation);
  const reachable = spaces.filter((space) => space.generation === generation || connectedTo.has(space.generation));
  for (const { generation, values } of reachable.sort((a, b) => a.generation - b.generation)) {
    if (values.every((value) => value === undefined)) continue;
    key.addGeneration(generation);
    for (const value of values) key.addValue(value);
  }
  key.text += '|';
}

/** The parts of a reader without ids and generations. */
function shapeOf({ step, connection, acknowledged, committed, response, entry, cached, latePushes, tracked }: Reader) {
  const key = new KeyText();
  key.add(READER_STEPS.indexOf(step), connection.server + 1, acknowledged, committed, response);
  key.add(entry ? 1 : 0, cached[0] ? 1 : 0, cached[1] ? 1 : 0, ...latePushes);
  key.text += '/';
  key.add(...tracked);
  return `${key.text}/`;
}

function addReader(
  key: KeyText,
  { connection, entry, cached, version, stamps, claim, stampsGeneration }: Reader,
): void {
  key.addConnection(connection);
  key.addValue(entry);
  for (const id of cached) key.addId(id);
  for (const id of stamps) key.addId(id);
  key.addId(claim);
  key.addId(version);
  key.addGeneration(stampsGeneration);
}
