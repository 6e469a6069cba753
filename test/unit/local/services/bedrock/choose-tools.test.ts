import { chooseTools } from '../../../../../local/services/bedrock/choose-tools';
import type { ModelRequest, ToolOffer } from '../../../../../local/services/bedrock/model';

const tool = (name: string, description = '') => ({ name, description, inputSchema: { type: 'object' } });
const TOOLS = [
  tool('get_weather', 'Tells sun from rain in a city'),
  tool('findFlights', 'Searches connections between one city and another'),
  tool('convert', 'Converts an amount of money into another currency'),
];

function chosen(text: string, changes: Partial<ToolOffer> = {}, messages?: ModelRequest['messages']): readonly string[] {
  const offer = { tools: TOOLS, choice: 'auto', parallel: true, ...changes } as const;
  const asked: ModelRequest['messages'] = [{ role: 'user', content: [{ kind: 'text', text }] }];
  return chooseTools({ modelId: 'm', system: [], messages: messages ?? asked, maxTokens: 1, stopSequences: [], offer }).map(
    ({ name }) => name,
  );
}

it.each([
  ['What is the WEATHER like?', ['get_weather']],
  ['Any flights to Rome?', ['findFlights']],
  ['Weather, and flights?', ['get_weather', 'findFlights']],
  ['Please convert: flights and weather', ['get_weather', 'findFlights']],
  ['Will there be rain?', ['get_weather']],
  ['Money in another currency', ['convert']],
  ['In which city?', ['get_weather']],
  ['Do get it', []],
  ['What about this?', []],
  ['', []],
])('%p calls %j', (text, expected) => {
  expect(chosen(text)).toEqual(expected);
});

it('follows a choice that is imposed', () => {
  expect(chosen('weather', { choice: { name: 'convert' } })).toEqual(['convert']);
  expect(chosen('flights', { choice: 'any' })).toEqual(['findFlights']);
  expect(chosen('hello', { choice: 'any' })).toEqual(['get_weather']);
});

it('calls one at a time where it must', () => {
  expect(chosen('weather and flights', { parallel: false })).toEqual(['get_weather']);
});

it('answers once the results are there, unless it must call', () => {
  const messages: ModelRequest['messages'] = [
    {
      role: 'user',
      content: [
        { kind: 'toolResult', id: 'a', texts: [] },
        { kind: 'text', text: 'weather' },
      ],
    },
  ];
  expect(chosen('', {}, messages)).toEqual([]);
  expect(chosen('', { choice: 'any' }, messages)).toEqual(['get_weather']);
});
