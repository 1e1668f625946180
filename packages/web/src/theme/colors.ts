import type { MantineColorsTuple } from '@mantine/core'

/** White on index 6 has a contrast of 5.9:1. */
export const brand: MantineColorsTuple = [
  '#eaf3fb',
  '#d3e5f5',
  '#a8cceb',
  '#79b0e0',
  '#5197d5',
  '#2f7dc3',
  '#1864ab',
  '#145690',
  '#104675',
  '#0b355a',
]

/** A cool grey, from the page's background to its ink. */
export const gray: MantineColorsTuple = [
  '#f6f7f9',
  '#eef0f4',
  '#e3e7ed',
  '#d3d9e1',
  '#b4bdc9',
  '#848f9f',
  '#5a6574',
  '#434d5b',
  '#2b3440',
  '#18202a',
]

/** From ink to background; Mantine takes text from 0 and the page from 7. */
export const dark: MantineColorsTuple = [
  '#e4e8ee',
  '#c2cad5',
  '#a3aebc',
  '#76818f',
  '#3a4452',
  '#28303b',
  '#1d242d',
  '#12171e',
  '#0d1117',
  '#090c11',
]
