/** What a command knows of the world around it; tests give their own. */
export interface CommandContext {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** Folder in which `.local/` is looked for. */
  readonly cwd: string;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
}
