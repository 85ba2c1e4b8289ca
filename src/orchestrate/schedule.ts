/** When something is due. UTC, whole minutes. */
export interface Schedule {
  readonly expression: string;
  /** The first instant strictly after `afterMs` (ms since 1970 UTC); undefined when there is none any more. */
  next(afterMs: number): number | undefined;
}
