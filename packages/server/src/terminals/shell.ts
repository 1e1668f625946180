import type { Command } from '../provider/provider.ts'

export interface Size {
  readonly columns: number
  readonly rows: number
}

/**
 * Finds the shell in POSIX sh alone, since images may have nothing else: that of the user in
 * /etc/passwd unless it is one that lets nobody in, then bash, then sh. A locale that is not UTF-8
 * becomes one that every libc has.
 */
const findShell = `
user=$(id -u 2>/dev/null)
own=
while IFS=: read -r _ _ uid _ _ _ shell; do
  if [ "$uid" = "$user" ]; then own=$shell; break; fi
done </etc/passwd 2>/dev/null
case $own in */nologin | */false) own= ;; esac
case \${LC_ALL:-\${LC_CTYPE:-\${LANG:-}}} in
  *[Uu][Tt][Ff]*8*) ;;
  *) unset LC_ALL LC_CTYPE; export LANG=C.UTF-8 ;;
esac
for SHELL in "$own" /bin/bash /usr/bin/bash /bin/sh; do
  if [ -x "$SHELL" ]; then break; fi
done
export SHELL
exec "$SHELL" -l
`

/** A login shell of the image's user, in their home, in a terminal of this size. */
export function loginShell({ columns, rows }: Size): Command {
  return {
    argv: ['/bin/sh', '-c', findShell],
    env: { TERM: 'xterm-256color', COLORTERM: 'truecolor' },
    tty: { columns, rows },
  }
}
