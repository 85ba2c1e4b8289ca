/** Why `fetch` failed, in words. The error itself may repeat headers and address: its words are taken, the object is not. */
export function requestFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message || error.cause.name}` : '';
  return `${error.message}${cause}`;
}
