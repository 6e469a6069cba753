/** Where a provider's API is, and what it is called with. */
export interface HttpProviderOptions {
  readonly baseUrl: string;
  /** At once where it is known. */
  readonly apiKey: () => Promise<string | undefined> | string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}
