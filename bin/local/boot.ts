import * as path from 'node:path';
import { Emulator } from '../../local/emulator';
import { EventSink } from '../../local/events';
import { gatewaysOf, seedAgentRoles, seedDemoKey } from './gateways';
import { LogFiles } from './log-files';
import { narrate } from './narrate';
import { seedPrompts } from './seed-prompts';

export const DEFAULT_PORT = 8765;

export interface BootOptions {
  /** Folders of cloud assemblies. */
  readonly assemblies: readonly string[];
  /** Folder that keeps state and logs: `.local`. */
  readonly folder: string;
  readonly port: number;
  /** Folders of prompts that every registry is to have; those that do not exist have none. */
  readonly prompts: readonly string[];
  /** State in memory, and no word but of what goes wrong: for runs that check something. */
  readonly ephemeral?: boolean;
  /** Prints a line. */
  readonly say: (text: string) => void;
}

/** Starts the emulator with its logs in files, a line for each request, and in every registry the demo key, the agents' roles and the prompts. */
export async function boot({ assemblies, folder, port, prompts, ephemeral = false, say }: BootOptions): Promise<Emulator> {
  const events = new EventSink();
  const logs = new LogFiles(path.join(folder, 'logs'));
  events.listen((event) => {
    if (event.kind === 'log') logs.append(event.functionName, event.line);
    const line = narrate(event);
    if (line && (!ephemeral || event.kind === 'denied' || event.kind === 'crash')) say(line);
  });
  return Emulator.start({
    assembly: assemblies,
    events,
    port,
    stateFolder: ephemeral ? undefined : path.join(folder, 'state'),
    prepare: async (emulator) => {
      for (const { registryTable } of gatewaysOf(emulator)) {
        await seedDemoKey(emulator, registryTable);
        await seedAgentRoles(emulator, registryTable);
        await seedPrompts(emulator, registryTable, prompts, say);
      }
    },
  });
}
