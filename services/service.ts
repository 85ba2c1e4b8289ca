/** What a server may ask for while it is being started. */
export interface Place {
  /** Its installation: read only. */
  readonly installed: string;
  /** Its own folder, empty at first, gone when it stops. */
  readonly data: string;
  /** A loopback port that nobody listened on a moment ago; another one at each call. */
  readonly freePort: () => Promise<number>;
  /** Runs a program to its end; its output, or an error that quotes it. */
  readonly run: Run;
}

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Beside the environment that the tool itself was given. */
  readonly env?: Readonly<Record<string, string>>;
}

export type Run = (program: Program) => Promise<string>;

/** A server that is ready to be spawned, and how a client gets in. */
export interface Launch {
  readonly program: Program;
  /** How clients reach it: addresses, and paths of files with secrets; no secret itself. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether it answers what a client asks, not only whether a port is open. Throws or says no until then. */
  readonly answers: () => Promise<boolean>;
  /** What a profile binds to it: port → binding. */
  readonly profile: Readonly<Record<string, unknown>>;
}

/** A server for development and tests: how it is fetched, checked and started. One file each. */
export interface Service {
  readonly version: string;
  /** Programs that the machine must have, and what to install where one is missing. */
  readonly needs: Readonly<Record<string, string>>;
  /** Files that pin what is fetched: where one changes, the installation is another. */
  readonly pins: readonly string[];
  /** Fetches into an empty folder. Fails where what came is not what is pinned. */
  readonly install: (folder: string, run: Run) => Promise<void>;
  readonly launch: (place: Place) => Promise<Launch>;
}
