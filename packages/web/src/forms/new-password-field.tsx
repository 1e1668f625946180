import { PasswordInput, type PasswordInputProps, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useClient } from '../session/client.tsx'
import './new-password-field.css'

const verdicts = ['Too easy to guess', 'Easy to guess', 'Fair', 'Good', 'Very good']

interface Props extends PasswordInputProps {
  value?: string
  /** What must not make up the password: name, username, e-mail address. */
  hints?: readonly string[]
}

/** A field for a password that is being chosen; the server's policy judges it while one types. */
export function NewPasswordField({ hints = [], value = '', ...props }: Props) {
  const client = useClient()
  const [judged] = useDebouncedValue(value, 250)
  const known = hints.filter((hint) => hint !== '').slice(0, 8)
  const { data } = useQuery({
    queryKey: ['password-strength', judged, known],
    queryFn: ({ signal }) =>
      client.system.passwordPolicy({
        body: { password: judged, hints: known.map((hint) => hint.slice(0, 254)) },
        signal,
      }),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    // The password must not stay in memory longer than it is shown.
    gcTime: 0,
    retry: false,
  })
  const score = value === '' || data === undefined ? 0 : Math.min(4, Math.max(0, data.score))
  const weak = value !== '' && data?.acceptable === false

  return (
    <div>
      <PasswordInput
        autoComplete="new-password"
        maxLength={256}
        description={data?.policy}
        value={value}
        {...props}
      />
      <div className="strength" data-score={score} data-empty={value === '' || undefined}>
        <div className="strength-bar" aria-hidden="true">
          <i />
          <i />
          <i />
          <i />
        </div>
        <div role="status">
          {value !== '' && data !== undefined && (
            <Text size="xs" c={weak ? 'var(--at-bad)' : 'dimmed'}>
              {weak && data.messages.length > 0
                ? data.messages.join('. ')
                : `Strength: ${verdicts[score] ?? ''}`}
            </Text>
          )}
        </div>
      </div>
    </div>
  )
}
