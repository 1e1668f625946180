import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate, useSearch } from '@tanstack/react-router'
import { SearchX } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { Notice } from '../problems/problem-view.tsx'
import '../roles/role-table.css'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { Section } from '../shell/section.tsx'
import { SearchField } from '../table/search-field.tsx'
import './api-docs.css'
import { type ApiDocument, findOperations, groupsOf, operationsOf } from './document.ts'
import { Introduction } from './introduction.tsx'
import { OperationCard } from './operation-card.tsx'
import { ProblemCodes } from './problem-codes.tsx'

/** The API of this server, read from its own description. */
export function ApiDocsPage() {
  const client = useClient()
  const api = useQuery({
    queryKey: ['openapi'],
    queryFn: async ({ signal }) => (await client.system.openapi({ signal })) as ApiDocument,
    staleTime: Infinity,
  })
  return (
    <Page
      title="API"
      description="Every route of this server: who may call it, what it takes, what it answers."
    >
      <QueryView query={api}>{(document) => <Reference document={document} />}</QueryView>
    </Page>
  )
}

function Reference({ document }: { document: ApiDocument }) {
  const { q = '' } = useSearch({ from: '/frame/api-docs' })
  const { hash } = useLocation()
  const navigate = useNavigate()
  const [open, setOpen] = useState<readonly string[]>(hash === '' ? [] : [hash])
  const all = useMemo(() => operationsOf(document), [document])
  const groups = useMemo(() => groupsOf(findOperations(all, q)), [all, q])

  // Once: the operation that the address names is there only now that the document is.
  useEffect(() => {
    if (hash !== '') window.document.getElementById(hash)?.scrollIntoView()
  }, [])

  function toggle(id: string, isOpen: boolean) {
    setOpen((ids) => [...ids.filter((one) => one !== id), ...(isOpen ? [id] : [])])
    void navigate({
      to: '.',
      search: (search) => search,
      hash: isOpen ? id : '',
      replace: true,
      resetScroll: false,
      hashScrollIntoView: false,
    })
  }

  return (
    <div className="api-docs">
      <nav className="api-docs-nav" aria-label="Groups of routes">
        <ul>
          {groups.map(({ tag, title, operations }) => (
            <li key={tag}>
              <a href={`#group-${tag}`}>
                {title} <span aria-hidden="true">{operations.length}</span>
              </a>
            </li>
          ))}
          <li>
            <a href="#group-problems">Problem codes</a>
          </li>
        </ul>
      </nav>
      <div className="api-docs-main">
        <SearchField
          label="Search by path, text or permission"
          value={q}
          onChange={(next) => {
            void navigate({ to: '.', search: { q: next }, replace: true, resetScroll: false })
          }}
        />
        <Text role="status" size="sm" c="dimmed">
          {q === ''
            ? ''
            : `${groups.reduce((sum, one) => sum + one.operations.length, 0)} routes found`}
        </Text>
        {q === '' && <Introduction />}
        {groups.length === 0 && (
          <Notice icon={<SearchX />} title="No route matches">
            <Text>Search for fewer words, or for a part of the path such as “users”.</Text>
          </Notice>
        )}
        {groups.map(({ tag, title, operations }) => (
          <div key={tag} id={`group-${tag}`} className="api-docs-group">
            <Section title={title}>
              <div className="operations">
                {operations.map((operation) => (
                  <OperationCard
                    key={operation.id}
                    document={document}
                    operation={operation}
                    open={open.includes(operation.id)}
                    onToggle={(isOpen) => {
                      toggle(operation.id, isOpen)
                    }}
                  />
                ))}
              </div>
            </Section>
          </div>
        ))}
        {q === '' && (
          <div id="group-problems" className="api-docs-group">
            <Section
              title="Problem codes"
              description="A refused request answers application/problem+json. Programs go by its code, never by its text."
            >
              <ProblemCodes codes={document['x-atelier-problem-codes'] ?? {}} />
            </Section>
          </div>
        )}
      </div>
    </div>
  )
}
