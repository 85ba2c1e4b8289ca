import { join, sep } from 'node:path';
import type { Effects, FileSystem } from '../../base/effects.ts';
import { atWork, type FaultPlan, type StorageFault } from './fault-plan.ts';
import type { Parent } from './parent.ts';

type FileHandle = Awaited<ReturnType<FileSystem['open']>>;

/** How long each operation takes of a store that is slow, ms. */
const slowMs = 15;

/** The file system, with the fault of the plan in its area; says when it is used first. */
export function faultyFiles(plan: FaultPlan, { fs, clock }: Effects, parent: Parent): FileSystem {
  const { storage } = plan;
  const area = storage === undefined ? undefined : join(plan.home, storage.area) + sep;
  const within = (path: unknown): boolean => area !== undefined && typeof path === 'string' && path.startsWith(area);
  const meet = storage === undefined ? undefined : meeting(storage, (ms) => clock.sleep(ms), parent);
  let used = false;
  const open: FileSystem['open'] = async (path, flags, mode) => {
    if (!used) parent.say(atWork);
    used = true;
    const file = await fs.open(path, flags, mode);
    return meet !== undefined && within(path) ? tampered(file, meet) : file;
  };
  if (meet === undefined) return { ...fs, open };
  return {
    ...fs,
    open,
    link: (from, to) => (within(to) ? meet('write', () => fs.link(from, to)) : fs.link(from, to)),
    rename: (from, to) => (within(to) ? meet('write', () => fs.rename(from, to)) : fs.rename(from, to)),
  };
}

type Meet = <T>(kind: 'read' | 'write', act: () => Promise<T>, half?: () => Promise<unknown>) => Promise<T>;

/** Runs operations until one is to fail. Of those that write bytes, `half` writes the first half. */
function meeting(storage: StorageFault, sleep: (ms: number) => Promise<void>, parent: Parent): Meet {
  let count = 0;
  return async (kind, act, half) => {
    if ((kind === 'read') !== (storage.kind === 'unreadable')) return act();
    count += 1;
    if (count < storage.at) return act();
    const once = count === storage.at;
    if (once) parent.say('storage');
    if (storage.kind === 'slow') {
      await sleep(slowMs);
      return act();
    }
    if (storage.kind === 'full') {
      if (once) await half?.();
      throw systemError('ENOSPC', 'write');
    }
    if (!once) return act();
    if (storage.kind === 'unanswered') await act();
    if (storage.kind === 'torn' || storage.kind === 'cut-off') await half?.();
    if (storage.kind === 'cut-off') parent.die();
    throw systemError('EIO', kind);
  };
}

/** The handle itself, its methods that move bytes replaced: what is opened is closed by its owner. */
function tampered(file: FileHandle, meet: Meet): FileHandle {
  const { read, write, writev, writeFile, sync, datasync } = boundMethods(file);
  const half = (bytes: Uint8Array, position?: number | null) => () =>
    write(bytes, 0, Math.floor(bytes.byteLength / 2), position ?? null);
  const replaced = {
    read: (...call: Parameters<typeof read>) => meet('read', () => read(...call)),
    write: (bytes: Uint8Array, offset?: number, length?: number, position?: number | null) => {
      const part = bytes.subarray(offset ?? 0, (offset ?? 0) + (length ?? bytes.byteLength));
      return meet('write', () => write(part, 0, part.byteLength, position ?? null), half(part, position));
    },
    writev: (parts: readonly Uint8Array[], position?: number) =>
      meet('write', () => writev([...parts], position), half(Buffer.concat(parts), position)),
    writeFile: (body: Uint8Array) => meet('write', () => writeFile(body), half(body)),
    sync: () => meet('write', sync),
    datasync: () => meet('write', datasync),
  };
  return Object.assign(file, replaced);
}

function boundMethods(
  file: FileHandle,
): Pick<FileHandle, 'read' | 'write' | 'writev' | 'writeFile' | 'sync' | 'datasync'> {
  return {
    read: file.read.bind(file),
    write: file.write.bind(file),
    writev: file.writev.bind(file),
    writeFile: file.writeFile.bind(file),
    sync: file.sync.bind(file),
    datasync: file.datasync.bind(file),
  };
}

/** An error as the system gives it. */
function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });
}
