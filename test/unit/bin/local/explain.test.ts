import { explainStart } from '../../../../bin/local/explain';

const COMMAND = 'blueprint local cdk.out';

test('a port in use is named, with another to try by the same command', () => {
  const error = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', port: 8765 });
  expect(explainStart(error, COMMAND)).toBe(
    'Port 8765 is in use. Stop what uses it, or choose another: blueprint local cdk.out --port 8766',
  );
});

test("the emulator's advice names the command that was used", () => {
  expect(explainStart(new Error('start with "npm start -- --fresh"'), COMMAND)).toBe('start with "blueprint local cdk.out --fresh"');
});
