import type { ITheme } from '@xterm/xterm'

const light: ITheme = {
  background: '#ffffff',
  foreground: '#18202a',
  cursor: '#1864ab',
  cursorAccent: '#ffffff',
  selectionBackground: '#b9d6f2',
  black: '#18202a',
  red: '#b42318',
  green: '#1d6f42',
  yellow: '#8a4b00',
  blue: '#1864ab',
  magenta: '#8a2c9c',
  cyan: '#0b6b74',
  white: '#5a6574',
  brightBlack: '#5a6574',
  brightRed: '#c92a2a',
  brightGreen: '#2b7a3d',
  brightYellow: '#946200',
  brightBlue: '#1971c2',
  brightMagenta: '#9c36b5',
  brightCyan: '#0c7285',
  brightWhite: '#18202a',
}

const dark: ITheme = {
  background: '#0d1117',
  foreground: '#dce3ec',
  cursor: '#79b0e0',
  cursorAccent: '#0d1117',
  selectionBackground: '#2b4a6b',
  black: '#6b7685',
  red: '#ff9a90',
  green: '#6fcf97',
  yellow: '#f2c063',
  blue: '#79b0e0',
  magenta: '#d6a1e6',
  cyan: '#6fd3dc',
  white: '#dce3ec',
  brightBlack: '#97a2b0',
  brightRed: '#ffb3ab',
  brightGreen: '#93e0b2',
  brightYellow: '#f8d48b',
  brightBlue: '#9cc7ee',
  brightMagenta: '#e3bdf0',
  brightCyan: '#97e3ea',
  brightWhite: '#ffffff',
}

/** The sixteen colours of a terminal on our own surfaces, legible in light and dark. */
export function terminalColors(scheme: 'light' | 'dark'): ITheme {
  return scheme === 'light' ? light : dark
}
