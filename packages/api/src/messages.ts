import { z } from 'zod'

// Zod's own sentences are for programmers; these hold where a schema has none of its own.
z.config({ customError: (issue) => messageOf(issue) })

const counted: Readonly<Record<string, string>> = {
  string: ' characters',
  array: ' entries',
  set: ' entries',
}

/** What is wrong with a value, as what to do about it; nothing where zod says it as well. */
function messageOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `Leave out what is unknown here: ${issue.keys.join(', ')}`
    case 'too_big':
      if (issue.inclusive === false) return undefined
      return `Use at most ${String(issue.maximum)}${counted[issue.origin] ?? ''}`
    case 'too_small':
      if (issue.inclusive === false) return undefined
      return `Use at least ${String(issue.minimum)}${counted[issue.origin] ?? ''}`
    case 'invalid_value':
      return `Use one of ${issue.values.map(String).join(', ')}`
    case 'invalid_type':
      return issue.input === undefined ? 'This is needed' : `Use a value of type ${issue.expected}`
    default:
      return undefined
  }
}
