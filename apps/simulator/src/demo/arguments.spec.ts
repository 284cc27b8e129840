import { expect, test } from 'vitest';
import { readDemoArguments } from './arguments.js';

const needed = ['demo', '--servers', 'http://a:1/, http://b:2', '--admin-email', 'x@y.z'];

test('servers, limits and traces are read', () => {
  expect(readDemoArguments([...needed, '--city', 'streets'])).toEqual({
    servers: ['http://a:1', 'http://b:2'],
    adminEmail: 'x@y.z',
    showLogin: false,
    city: 'streets',
  });
  const more = [
    '--seconds',
    '20',
    '--drivers=7',
    '--passengers',
    '0',
    '--traces',
    'file.csv',
    '--show-login',
  ];
  expect(readDemoArguments([...needed, ...more])).toMatchObject({
    seconds: 20,
    drivers: 7,
    passengers: 0,
    traces: 'file.csv',
    showLogin: true,
  });
});

test('everything that is wrong is named at once', () => {
  const wrong = [
    'drive',
    '--servers',
    'ftp://a',
    '--seconds',
    '0',
    '--drivers',
    '1e3',
    '--passengers=1001',
  ];
  const read = () => readDemoArguments(wrong);
  for (const name of [
    '"demo"',
    'ftp://a',
    '--admin-email',
    '--seconds',
    '--drivers',
    '--passengers',
    'Usage',
  ]) {
    expect(read).toThrow(name);
  }
});

test('an option that does not exist is named, without advice on other options', () => {
  const read = () => readDemoArguments([...needed, '--fast']);
  expect(read).toThrow("Unknown option '--fast'.\nUsage");
});
