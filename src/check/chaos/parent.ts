/** How a struck process reaches the one that started it. */
export interface Parent {
  say(line: string): void;
  /** Blocks the process until the parent lets it go on. */
  awaitWord(): void;
  /** Ends this process at once, as `kill -9` does. */
  die(): never;
}
