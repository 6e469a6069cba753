import { DEFAULT_PORT } from './boot';

/** What kept the emulator from starting, in words; `command` is how the person asked for it. */
export function explainStart(error: unknown, command: string): string {
  const { code, message, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use. Stop what uses it, or choose another: ${command} --port ${(port ?? DEFAULT_PORT) + 1}`;
  // The emulator's advice is for those who started it by npm.
  return (message ?? String(error)).replaceAll('npm start --', command);
}
