import { expect, test } from 'vitest';
import { readArguments } from './arguments.js';

const servers = ['--instances', 'http://a:1/, http://b:2'];
const needed = ['simulate', ...servers, '--admin-email', 'x@y.z', '--city', 'streets'];

test('what is not said has a default, and the demo another one where that shows more', () => {
  expect(readArguments(needed)).toEqual({
    command: 'simulate',
    servers: ['http://a:1', 'http://b:2'],
    adminEmail: 'x@y.z',
    city: 'streets',
    seed: 1,
    rides: 'city',
    clock: { startHour: 18, rate: 1 },
    troubles: 'on',
    links: {},
  });
  expect(readArguments(['demo', ...needed.slice(1)]).rides).toBe('short');
});

test('everything can be said', () => {
  const said =
    '--seed 7 --seconds 20 --drivers=2000 --passengers 0 --hour 8 --clock 60 --troubles off --people -';
  expect(readArguments([...needed, ...said.split(' ')])).toMatchObject({
    seed: 7,
    seconds: 20,
    drivers: 2_000,
    passengers: 0,
    clock: { startHour: 8, rate: 60 },
    troubles: 'off',
    people: '-',
  });
  const replay = ['simulate', ...servers, '--people', 'p', '--replay', 'f.gpx', '--speed', '2.5'];
  expect(readArguments(replay).replay).toEqual({ file: 'f.gpx', speed: 2.5 });
  expect(readArguments(['plan', '--city', 'streets'])).toMatchObject({ command: 'plan' });
});

test.each([
  [['drive', ...needed.slice(1)], '"drive" is no command: demo, simulate, plan.'],
  [['simulate', '--people', 'p', '--city', 'c'], '--instances is needed'],
  [['simulate', '--instances', 'ftp://a', '--people', 'p', '--city', 'c'], '"ftp://a" is no http'],
  [['simulate', ...servers, '--city', 'c'], 'Say how the people sign in: --admin-email'],
  [['simulate', ...servers, '--people', 'p'], 'Name what is driven: --city montevideo'],
  [[...needed, '--seed', '-1'], "Option '--seed' argument is ambiguous"],
  [[...needed, '--drivers', '1e3'], '--drivers must be a whole number from 1 to 5000, not "1e3"'],
  [[...needed, '--passengers=2001'], '--passengers must be a whole number from 0 to 2000'],
  [[...needed, '--hour', '24'], '--hour must be a whole number from 0 to 23'],
  [[...needed, '--rides', 'long'], '--rides is short or city, not "long"'],
  [[...needed, '--troubles', 'many'], '--troubles is on or off or silent'],
  [[...needed, '--speed', '2'], '--speed is for --replay'],
  [[...needed, '--replay', 'f', '--speed', '0'], '--speed must be a number from 0.1 to 1000'],
  [[...needed, '--replay', 'f', '--hour', '8'], '--hour is for the streets of a city'],
  [[...needed, '--fast'], "Unknown option '--fast'.\nnpm run simulate -- --help"],
])('%j is refused with what to do', (args, reason) => {
  expect(() => readArguments(args)).toThrow(reason);
});

test('everything that is wrong is named at once', () => {
  const read = () => readArguments(['simulate', '--seconds', '0', '--drivers', 'x']);
  for (const name of ['--instances', '--seconds', '--drivers', '--admin-email', '--city'])
    expect(read).toThrow(name);
});
