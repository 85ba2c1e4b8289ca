/** The part of autocannon that the benchmark uses; it ships no types. */
declare module 'autocannon' {
  interface LoadRequest {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly setupRequest?: (request: LoadRequest) => LoadRequest;
  }
  interface LoadResult {
    readonly '2xx': number;
    readonly non2xx: number;
    readonly errors: number;
    /** Seconds. */
    readonly duration: number;
    /** Milliseconds. */
    readonly latency: { readonly p50: number; readonly p99: number };
  }
  function autocannon(settings: {
    readonly url: string;
    readonly connections: number;
    readonly duration: number;
    readonly requests: readonly LoadRequest[];
  }): Promise<LoadResult>;
  export = autocannon;
}
