import './zod-jitless.ts'
import { createClient } from '@atelier/api'
import { MantineProvider } from '@mantine/core'
import '@mantine/core/styles.css'
import { Notifications } from '@mantine/notifications'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueryClient } from './query-client.ts'
import { createAppRouter } from './router.tsx'
import { ClientContext } from './session/client.tsx'
import { type Session, sessionKey } from './session/session.ts'
import './theme/theme.css'
import { theme } from './theme/theme.ts'
import { variables } from './theme/variables.ts'

const queryClient = createQueryClient()
const client = createClient({
  baseUrl: '',
  csrfToken: () => queryClient.getQueryData<Session | null>(sessionKey)?.csrf_token ?? undefined,
})
const router = createAppRouter({ client, queryClient })

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root.')

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      {/* Above dialogs, whose layer is 200, and below menus, at 300: a note must not hide a choice. */}
      <Notifications position="bottom-right" limit={4} zIndex={250} />
      <QueryClientProvider client={queryClient}>
        <ClientContext value={client}>
          <RouterProvider router={router} />
        </ClientContext>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
