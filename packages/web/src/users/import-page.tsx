import { rolesHolding } from '@atelier/access'
import type { Client } from '@atelier/api'
import { Text } from '@mantine/core'
import { LockKeyhole } from 'lucide-react'
import { useState } from 'react'
import { UnsavedGuard } from '../forms/unsaved-guard.tsx'
import { MissingPermission } from '../problems/missing-permission.tsx'
import { Notice } from '../problems/problem-view.tsx'
import { may, useSession } from '../session/session.ts'
import { Page } from '../shell/page.tsx'
import { ImportChoice } from './import-choice.tsx'
import { ImportPreview } from './import-preview.tsx'
import { ImportResult } from './import-result.tsx'

export type ImportAnswer = Awaited<ReturnType<Client['users']['import']>>

interface Checked {
  readonly csv: string
  readonly answer: ImportAnswer
}

/** Creates many users from CSV: choose, look at what would happen, import, hand out the passwords. */
export function ImportPage() {
  const [csv, setCsv] = useState('')
  const [checked, setChecked] = useState<Checked>()
  const [result, setResult] = useState<ImportAnswer>()
  const [saved, setSaved] = useState(false)

  if (!may(useSession(), 'users', 'create')) return <NotAllowed />
  return (
    <Page
      title="Import users"
      description="Creates an account with a temporary password for each line of a CSV file."
      parent={{ label: 'Users', to: '/users' }}
    >
      <UnsavedGuard
        dirty={result !== undefined && result.good > 0 && !saved}
        title="Leave without the passwords?"
      >
        The temporary passwords are shown on this page only, and are not downloaded yet. Without
        them you would have to reset the password of each new user.
      </UnsavedGuard>
      {result !== undefined ? (
        <ImportResult
          answer={result}
          onSaved={() => {
            setSaved(true)
          }}
        />
      ) : checked !== undefined ? (
        <ImportPreview
          csv={checked.csv}
          answer={checked.answer}
          onBack={() => {
            setChecked(undefined)
          }}
          onImported={setResult}
        />
      ) : (
        <ImportChoice
          csv={csv}
          onChange={setCsv}
          onChecked={(answer) => {
            setChecked({ csv, answer })
          }}
        />
      )}
    </Page>
  )
}

function NotAllowed() {
  const { site, organization } = rolesHolding('users', 'C')
  return (
    <Page title="Import users" parent={{ label: 'Users', to: '/users' }}>
      <Notice icon={<LockKeyhole />} title="You may not import users">
        <Text>Importing creates accounts, which your role does not let you do.</Text>
        <MissingPermission
          missing={{
            resource: 'users',
            operation: 'create',
            scope: 'all',
            mark: 'C',
            roles: [...site, ...organization],
          }}
        />
      </Notice>
    </Page>
  )
}
