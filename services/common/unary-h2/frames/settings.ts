import { ConnectionError, ErrorCode } from '../error-code.ts';
import type { Limits } from '../limits.ts';
import {
  FRAME_HEADER_BYTES,
  FrameType,
  MAX_31_BITS,
  MAX_FRAME_BYTES,
  read32Bits,
  write32Bits,
  writeFrameHeader,
} from './frame.ts';

/** RFC 9113 section 6.5.2. */
const Setting = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
} as const;

/** The initial size of every window (RFC 9113 section 6.9.2). */
export const DEFAULT_WINDOW_BYTES = 65_535;

export const SETTING_BYTES = 6;
const LARGEST_MAX_FRAME_SIZE = 0xff_ffff;

/** The settings of the peer that affect this server, with the protocol's defaults. */
export class PeerSettings {
  /** The smallest SETTINGS_HEADER_TABLE_SIZE so far: larger ones do not matter to an encoder that does not use the table. */
  minTableBytes = 4_096;
  initialWindowBytes = DEFAULT_WINDOW_BYTES;

  /** Applies a SETTINGS payload in order (RFC 9113 section 6.5.3). Unknown settings are ignored. */
  apply(bytes: Uint8Array, start: number, end: number): void {
    if ((end - start) % SETTING_BYTES !== 0) {
      throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'SETTINGS length is not a multiple of 6');
    }
    for (let at = start; at < end; at += SETTING_BYTES) {
      const id = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      this.#set(id, read32Bits(bytes, at + 2) >>> 0);
    }
  }

  #set(id: number, value: number): void {
    if (id === Setting.HEADER_TABLE_SIZE) {
      this.minTableBytes = Math.min(this.minTableBytes, value);
    } else if (id === Setting.INITIAL_WINDOW_SIZE) {
      if (value > MAX_31_BITS) throw invalidSetting(ErrorCode.FLOW_CONTROL_ERROR, 'INITIAL_WINDOW_SIZE', value);
      this.initialWindowBytes = value;
    } else if (id === Setting.ENABLE_PUSH) {
      if (value > 1) throw invalidSetting(ErrorCode.PROTOCOL_ERROR, 'ENABLE_PUSH', value);
    } else if (id === Setting.MAX_FRAME_SIZE) {
      const inRange = value >= MAX_FRAME_BYTES && value <= LARGEST_MAX_FRAME_SIZE;
      if (!inRange) throw invalidSetting(ErrorCode.PROTOCOL_ERROR, 'MAX_FRAME_SIZE', value);
    }
  }
}

const invalidSetting = (code: ErrorCode, name: string, value: number) =>
  new ConnectionError(code, `SETTINGS_${name} is out of range: ${value}`);

/**
 * The server's preface: SETTINGS, and a WINDOW_UPDATE if the connection's window is larger than the default (RFC 9113 sections
 * 3.4 and 6.9.2).
 */
export function encodePreface(limits: Limits): Buffer {
  const settings: readonly (readonly [id: number, value: number])[] = [
    [Setting.HEADER_TABLE_SIZE, limits.headerTableBytes],
    [Setting.MAX_CONCURRENT_STREAMS, limits.maxConcurrentStreams],
    [Setting.INITIAL_WINDOW_SIZE, limits.streamWindowBytes],
    [Setting.MAX_HEADER_LIST_SIZE, limits.maxHeaderListBytes],
  ];
  const length = settings.length * SETTING_BYTES;
  const frames = Buffer.alloc(FRAME_HEADER_BYTES + length + FRAME_HEADER_BYTES + 4);
  let at = writeFrameHeader(frames, 0, length, FrameType.SETTINGS, 0, 0);
  for (const [id, value] of settings) {
    frames.writeUInt16BE(id, at);
    write32Bits(frames, at + 2, value);
    at += SETTING_BYTES;
  }
  const increment = limits.connectionWindowBytes - DEFAULT_WINDOW_BYTES;
  if (increment === 0) return frames.subarray(0, at);
  at = writeFrameHeader(frames, at, 4, FrameType.WINDOW_UPDATE, 0, 0);
  write32Bits(frames, at, increment);
  return frames;
}
