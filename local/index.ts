/** The emulator, for tests of what was synthesized. */
export { AssemblyError, type AssemblyStack } from './assembly';
export { Emulator, type EmulatorOptions } from './emulator';
export type { Credentials } from './endpoint';
export { type EmulatorEvent, EventSink } from './events';
export { ResourceError } from './stack-runner';
