/** As `once`, of what needs an argument: the one that is given first. */
export function onceFor<A, T>(open: (argument: A) => Promise<T>): (argument: A) => Promise<T> {
  let opened: (() => Promise<T>) | undefined;
  return (argument) => {
    opened ??= once(() => open(argument));
    return opened();
  };
}

/** Opens at the first call; later calls share it. A failed opening is tried again by the next call. */
export function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}
