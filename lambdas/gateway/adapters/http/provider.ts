/** Where a provider's API is, and what it is called with. */
export interface HttpProviderOptions {
  readonly baseUrl: string;
  readonly apiKey: () => Promise<string | undefined>;
  readonly headers?: Readonly<Record<string, string>>;
}
