/** What a server may ask for while it is being started. */
export interface Place {
  /** Its installation: read only. */
  readonly installed: string;
  /** Its own folder, empty at first, gone when it stops. */
  readonly data: string;
  /** A loopback port that nobody listened on a moment ago; another one at each call. Taken since: `launch` is called again. */
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

/** Its standard output; `onLine` is told of each line while it runs. */
export type Run = (program: Program, onLine?: (line: string) => void) => Promise<string>;

/** A program that the machine must have. */
export interface Need {
  /** What to install where it is missing or too old. */
  readonly install: string;
  /** The first number that the program prints when it is asked so must be this one at least. */
  readonly oldest?: { readonly major: number; readonly ask: readonly string[] };
}

/** A server that is ready to be spawned, and how a client gets in. */
export interface Launch {
  readonly program: Program;
  /** How clients reach it: addresses, and paths of files with secrets; no secret itself. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether it answers what a client asks, not only whether a port is open. Throws or says no until then. */
  readonly answers: () => Promise<boolean>;
  /** Makes in it what clients find there, once it answers and before it is said to be ready. */
  readonly furnish?: () => Promise<void>;
  /** What a profile binds to it: port → binding. */
  readonly profile: Readonly<Record<string, object>>;
}

/** What is fetched once, and kept for all checkouts. */
export interface Installation {
  readonly version: string;
  /** Programs that it is fetched and started with, by their names. */
  readonly needs: Readonly<Record<string, Need>>;
  /** Files that pin what is fetched: where one changes, the installation is another. */
  readonly pins: readonly string[];
  /** Fetches into an empty folder, and says how far it came. Fails where what came is not what is pinned. */
  readonly install: (folder: string, run: Run, progress: (words: string) => void) => Promise<void>;
}

/** A server for development and tests: how it is fetched, checked and started. One file each. */
export interface Service extends Installation {
  readonly launch: (place: Place) => Promise<Launch>;
}
