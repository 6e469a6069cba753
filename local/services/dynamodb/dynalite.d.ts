// dynalite is plain JavaScript. Only what engine.ts uses stands here.

declare module 'dynalite/db' {
  interface Callback<T> {
    (error: Error | null | undefined, value?: T): void;
  }

  interface TableDb {
    awsAccountId: string;
    awsRegion: string;
    get(key: string, callback: Callback<unknown>): void;
    put(key: string, value: unknown, callback: Callback<void>): void;
  }

  interface Store {
    readonly db: { open(): Promise<void> };
    readonly tableDb: TableDb;
    readonly lifecycleManager: { gracefulClose(): Promise<void> };
  }

  interface StoreOptions {
    /** LevelDB directory; in memory when absent. */
    readonly path?: string;
    readonly createTableMs: number;
    readonly deleteTableMs: number;
    readonly updateTableMs: number;
  }

  type TableKeys = {
    readonly KeySchema: readonly { readonly AttributeName: string }[];
    readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  };

  export function create(options: StoreOptions): Store;
  /** The key under which an item is stored. Throws when a key attribute is missing. */
  export function createKey(item: Readonly<Record<string, unknown>>, table: TableKeys): string;
}

declare module 'dynalite/validations' {
  type MemberTypes = Readonly<Record<string, unknown>>;

  /** Throws an error with `statusCode` and `body`. Drops members it does not know. */
  export function checkTypes(body: object, types: MemberTypes): Record<string, unknown>;
  /** Throws an error with `statusCode` and `body`. Adds parsed expressions to the body. */
  export function checkValidations(body: object, types: MemberTypes, custom: unknown, store: unknown): void;
}
