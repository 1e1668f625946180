import { expect, it } from 'vitest'
import { deviceName, deviceOf } from './user-agent.ts'

const chromium = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0'
const webkit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'

it.each([
  [
    'Firefox 128 on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0',
  ],
  ['Chrome 126 on Linux', `Mozilla/5.0 (X11; Linux x86_64) ${chromium} Safari/537.36`],
  ['Chrome 126 on ChromeOS', `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${chromium} Safari/537.36`],
  [
    'Edge 126 on Windows',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chromium} Safari/537.36 Edg/126.0.0.0`,
  ],
  [
    'Opera 112 on macOS',
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${chromium} Safari/537.36 OPR/112.0.0.0`,
  ],
  [
    'Safari 17 on macOS',
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Version/17.5 Safari/605.1.15`,
  ],
  [
    'Safari 17 on iOS',
    `Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${webkit} Version/17.5 Mobile/15E148 Safari/604.1`,
  ],
  [
    'Chrome 126 on iOS',
    `Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${webkit} CriOS/126.0 Mobile/15E148 Safari/604.1`,
  ],
  ['Chrome 126 on Android', `Mozilla/5.0 (Linux; Android 10; K) ${chromium} Mobile Safari/537.36`],
  ['Command line', 'Go-http-client/1.1'],
  ['curl', 'curl/8.5.0'],
  ['python-requests', 'python-requests/2.32.3'],
  ['Unknown browser', ''],
  ['Unknown browser on Linux', 'Mozilla/5.0 (X11; Linux x86_64)'],
  ['Unknown browser', '<img src=x onerror=alert(1)>'],
])('%s', (name, userAgent) => {
  expect(deviceName(userAgent)).toBe(name)
})

it('tells phones, computers and programs apart', () => {
  const kinds = [
    `Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) ${webkit} Version/17.5 Mobile/15E148 Safari/604.1`,
    `Mozilla/5.0 (X11; Linux x86_64) ${chromium} Safari/537.36`,
    'curl/8.5.0',
    '?',
  ].map((userAgent) => deviceOf(userAgent).kind)
  expect(kinds).toEqual(['phone', 'computer', 'program', 'unknown'])
})
