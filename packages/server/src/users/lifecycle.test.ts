import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password, startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const signIn = async (login: string, secret = password) =>
  (await server.send('POST', '/auth/basic/login', { email: login, password: secret })).status

async function untilJobsAreDone(): Promise<void> {
  for (;;) {
    const [row] = await server.sql('select count(*)::int as jobs from jobs')
    if (row.jobs === 0) return
  }
}

describe('creating users', () => {
  test('201: without a password a temporary one is answered once, and joins the default organization', async () => {
    const body = { name: 'Zoe', username: 'zoe', email: 'zoe@example.com' }
    const answer = await server.admin.send('POST', '/api/v0/users', body)
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({
      role: 'site-member',
      temporary_password: true,
      organizations: [{ id: server.organizationId, role: 'organization-member' }],
    })
    expect(await signIn('zoe', answer.body.password)).toBe(201)
    const stored = await server.sql("select * from users where username = 'zoe'")
    expect(JSON.stringify(stored)).not.toContain(answer.body.password)
    const again = await server.admin.send('GET', `/api/v0/users/${answer.body.id}`)
    expect(again.text).not.toContain(answer.body.password)
  })

  test('409: username and e-mail are unique whatever their case; the field is named', async () => {
    await server.person('site-member', { username: 'Taken' })
    const username = { name: 'x', username: 'tAKEN', email: 'other@example.com' }
    const byName = await server.admin.send('POST', '/api/v0/users', username)
    expect([byName.status, byName.body.code, byName.body.errors[0].path]).toEqual([
      409,
      'user.username_taken',
      'username',
    ])
    const email = { name: 'x', username: 'other', email: 'TAKEN@example.com' }
    const byEmail = await server.admin.send('POST', '/api/v0/users', email)
    expect(byEmail.body.code).toBe('user.email_taken')
  })

  test('V1-1: a site manager makes nobody site admin, by create, role change or PATCH', async () => {
    const manager = await server.person('site-manager')
    const member = await server.person()
    const body = { name: 'x', username: 'v1-1', email: 'v1-1@example.com', role: 'site-admin' }
    const attempts = [
      await manager.send('POST', '/api/v0/users', body),
      await manager.send('PUT', `/api/v0/users/${member.id}/role`, { role: 'site-admin' }),
      await manager.send('PATCH', `/api/v0/users/${member.id}`, {
        roles: ['site-member', 'site-admin'],
      }),
    ]
    expect(attempts.map((attempt) => attempt.status)).toEqual([403, 403, 403])
    const bulk = await manager.send('POST', '/api/v0/users/bulk', {
      action: 'role',
      role: 'site-admin',
      user_ids: [member.id],
    })
    expect(bulk.body).toMatchObject([{ ok: false, code: 'access.outranked' }])
    const imported = await manager.send('POST', '/api/v0/users/import', {
      csv: 'name,username,email,role\nx,v1-1,v1-1@example.com,site-admin\n',
      dry_run: false,
    })
    expect(imported.body).toMatchObject({ good: 0, bad: 1 })
    const admins = await server.sql("select id from users where site_role = 'site-admin'")
    expect(admins).toEqual([{ id: server.admin.id }])
    expect(await server.sql("select 1 from users where username = 'v1-1'")).toEqual([])
  })

  test('row 32: a name of a megabyte answers 400, one with control characters too', async () => {
    const long = { name: 'x'.repeat(1_000_000), username: 'long', email: 'long@example.com' }
    expect((await server.admin.send('POST', '/api/v0/users', long)).status).toBe(400)
    const control = { name: 'a\u0000b\nc', username: 'control', email: 'c@example.com' }
    expect((await server.admin.send('POST', '/api/v0/users', control)).status).toBe(400)
  })
})

describe('the site admin against a site manager', () => {
  test('row 1: 403 for password, e-mail, name and login type of the site admin, by every route', async () => {
    const manager = await server.person('site-manager')
    const [before] = await server.sql('select * from users where id = $1', [server.admin.id])
    const path = `/api/v0/users/${server.admin.id}`
    const attempts = [
      await manager.send('PATCH', path, { password: 'correct horse battery 2' }),
      await manager.send('PATCH', path, { email: 'evil@example.com' }),
      await manager.send('PATCH', path, { name: 'Evil' }),
      await manager.send('PATCH', path, { login_type: 'oidc' }),
      await manager.send('POST', `${path}/reset-password`),
      await manager.send('POST', `${path}/sign-out`),
      await manager.send('PUT', `${path}/role`, { role: 'site-member' }),
      await manager.send('PATCH', path, { roles: ['site-member'] }),
      await manager.send('POST', `${path}/suspend`),
      await manager.send('PATCH', path, { revoked: true }),
      await manager.send('DELETE', path),
    ]
    expect(attempts.map((attempt) => attempt.status)).toEqual([
      403, 403, 403, 403, 403, 403, 409, 403, 409, 403, 409,
    ])
    const [after] = await server.sql('select * from users where id = $1', [server.admin.id])
    expect({ ...after, last_seen_at: null }).toEqual({ ...before, last_seen_at: null })
  })

  test('409: nobody suspends or deletes the site admin, not even themselves', async () => {
    const path = `/api/v0/users/${server.admin.id}`
    const suspended = await server.admin.send('POST', `${path}/suspend`)
    const deleted = await server.admin.send('DELETE', path)
    expect([suspended.status, deleted.status]).toEqual([409, 409])
    expect(deleted.body.title).toContain('transfer')
  })
})

describe('suspending', () => {
  test('ends sessions and keys at once, and reactivating brings back neither session', async () => {
    const member = await server.person()
    const { key } = (await member.send('POST', '/api/v0/api-keys/me', { name: 'k' })).body
    const byKey = () => server.send('GET', '/api/v0/users/me', undefined, { 'session-token': key })
    expect((await byKey()).status).toBe(200)

    await server.admin.send('POST', `/api/v0/users/${member.id}/suspend`)
    expect((await member.send('GET', '/api/v0/users/me')).status).toBe(401)
    expect((await byKey()).status).toBe(401)
    expect(await signIn(member.email)).toBe(401)

    await server.admin.send('POST', `/api/v0/users/${member.id}/reactivate`)
    expect((await member.send('GET', '/api/v0/users/me')).status).toBe(401)
    expect(await signIn(member.email)).toBe(201)
  })

  test('the old client suspends by PATCH with `revoked`, through the same rules', async () => {
    const member = await server.person()
    const path = `/api/v0/users/${member.id}`
    expect((await server.admin.send('PATCH', path, { revoked: true })).body.status).toBe(
      'suspended',
    )
    expect((await server.admin.send('PATCH', path, { revoked: false })).body.status).toBe('active')
    const own = await member.send('PATCH', '/api/v0/users/me', { revoked: true })
    expect(own.status).toBe(401)
  })
})

describe('deleting', () => {
  test('frees the names at once, finishes in the background, and keeps the name in the audit log', async () => {
    const manager = await server.person('site-manager')
    const member = await server.person('site-member', { username: 'gone' })
    const answer = await manager.send('DELETE', `/api/v0/users/${member.id}`)
    expect(answer.status).toBe(202)
    expect((await member.send('GET', '/api/v0/users/me')).status).toBe(401)
    expect((await manager.send('GET', `/api/v0/users/${member.id}`)).status).toBe(404)
    const again = { name: 'New', username: 'gone', email: 'gone@example.com' }
    expect((await manager.send('POST', '/api/v0/users', again)).status).toBe(201)

    await untilJobsAreDone()
    expect(await server.sql('select 1 from users where id = $1', [member.id])).toEqual([])
    const entries = await server.sql(
      'select action, target, actor_id, allowed_by from audit_log where resource_id = $1 order by id',
      [member.id],
    )
    expect(entries).toEqual([
      {
        action: 'enqueue',
        target: 'gone',
        actor_id: manager.id,
        allowed_by: 'site-manager: users Da',
      },
      {
        action: 'delete',
        target: 'gone',
        actor_id: manager.id,
        allowed_by: 'site-manager: users Da',
      },
    ])
  })
})

describe('transfer of the site admin role', () => {
  test('needs the password, hands the role over, and makes the old one a site manager', async () => {
    const other = await startServer()
    try {
      const heir = await other.person('site-auditor')
      const preview = await other.admin.send(
        'GET',
        `/api/v0/site-admin/transfer/preview?user_id=${heir.id}`,
      )
      expect(preview.body.to.gained).toContainEqual({ resource: 'api_keys', mark: 'Ra' })
      expect(preview.body.from.lost).toEqual(
        ['Ra', 'L', 'Ua', 'Da'].map((mark) => ({ resource: 'api_keys', mark })),
      )
      const transfer = (secret: string) =>
        other.admin.send('POST', '/api/v0/site-admin/transfer', {
          user_id: heir.id,
          password: secret,
        })

      expect((await transfer('wrong')).body.code).toBe('user.wrong_password')
      expect((await heir.send('GET', '/api/v0/users/me')).body.role).toBe('site-auditor')
      const answer = await transfer(password)
      expect(answer.status).toBe(200)
      expect(answer.body.site_admin.id).toBe(heir.id)
      expect((await heir.send('GET', '/api/v0/users/me')).body.role).toBe('site-admin')
      expect((await other.admin.send('GET', '/api/v0/users/me')).body.role).toBe('site-manager')
      expect((await transfer(password)).status).toBe(403)
    } finally {
      await other.stop()
    }
  })
})

describe('many at once', () => {
  test('bulk: a result for each, and the good ones are done', async () => {
    const manager = await server.person('site-manager')
    const [a, b] = [await server.person(), await server.person()]
    const answer = await manager.send('POST', '/api/v0/users/bulk', {
      action: 'suspend',
      user_ids: [a.id, server.admin.id, manager.id, 'nobody', b.id],
    })
    expect(answer.body.map((row: any) => [row.ok, row.code])).toEqual([
      [true, null],
      [false, 'user.site_admin_protected'],
      [false, 'user.own_account'],
      [false, 'resource.not_found'],
      [true, null],
    ])
    const states = await server.sql('select status from users where id in ($1, $2)', [a.id, b.id])
    expect(states).toEqual([{ status: 'suspended' }, { status: 'suspended' }])
  })

  test('import: a dry run names the bad lines and changes nothing; a real run creates the good ones', async () => {
    await server.person('site-member', { username: 'imp-taken' })
    const csv = [
      '\ufeffName,Username,Email,Role,Organizations',
      'Ann,imp-ann,imp-ann@example.com,site-auditor,Default',
      '"Bad, name",imp bad,not-an-address,site-king,Nowhere',
      'Twice,imp-ann,imp-2@example.com,,',
      'Taken,IMP-TAKEN,imp-3@example.com,,',
      '',
    ].join('\r\n')
    const send = (dry_run: boolean) =>
      server.admin.send('POST', '/api/v0/users/import', { csv, dry_run })

    const dry = (await send(true)).body
    expect([dry.good, dry.bad]).toEqual([1, 3])
    expect(
      dry.lines.map((line: any) => [line.line, line.errors.map((error: any) => error.path)]),
    ).toEqual([
      [2, []],
      [3, ['username', 'email', 'role', 'organizations']],
      [4, ['username']],
      [5, ['username']],
    ])
    const aboutRole = dry.lines[1].errors.find((error: any) => error.path === 'role')
    expect(aboutRole.message).toBe('Use one of site-manager, site-auditor, site-member')
    expect(await server.sql("select 1 from users where username = 'imp-ann'")).toEqual([])

    const real = (await send(false)).body
    expect([real.good, real.bad]).toEqual([1, 3])
    expect(await signIn('imp-ann', real.lines[0].password)).toBe(201)
  })

  test('V1-5: export: CSV of those whom the caller may read, safe against formulas', async () => {
    await server.person('site-member', { username: 'exported', name: '=cmd|calc' })
    const all = await server.admin.send('GET', '/api/v0/users/export?q=exported')
    expect(all.headers.get('content-type')).toContain('text/csv')
    expect(all.text).toContain(`"'=cmd|calc","exported","exported@example.com","site-member"`)
    const member = await server.person()
    const own = await member.send('GET', '/api/v0/users/export')
    expect(own.text.trim().split('\n')).toHaveLength(2)
  })
})

describe('searching', () => {
  test('finds by parts of name, username and e-mail; wildcards are taken literally', async () => {
    await server.person('site-member', { username: 'needle-1', name: 'Grace Hopper' })
    const find = async (q: string) =>
      (await server.admin.send('GET', `/api/v0/users?q=${encodeURIComponent(q)}`)).body.map(
        (user: any) => user.username,
      )
    expect(await find('hopp')).toEqual(['needle-1'])
    expect(await find('EDLE-1')).toEqual(['needle-1'])
    expect(await find('needle-1@exam')).toEqual(['needle-1'])
    expect(await find('grace needle')).toEqual(['needle-1'])
    expect(await find('100%')).toEqual([])
    expect(await find('_')).toEqual([])
  })

  test('row 7: searching and filtering tell a member nothing that the directory does not show', async () => {
    const target = await server.person('site-auditor', { username: 'hidden-role' })
    const member = await server.person()
    const list = async (query: string) => (await member.send('GET', `/api/v0/users?${query}`)).body
    expect(Object.keys((await list('q=hidden-role'))[0]).sort()).toEqual(
      ['avatar_hash', 'can', 'cannot', 'id', 'name', 'username'].sort(),
    )
    expect(await list(`q=${encodeURIComponent(target.email)}`)).toEqual([])
    expect(await list('role=site-auditor')).toEqual([])
    expect(await list('status=suspended')).toEqual([])
    const sorted = await list('sort=email')
    expect(sorted.map((user: any) => user.id)).toEqual([member.id])
  })
})

describe('attacks on fields', () => {
  test('V1-2: login type and profile of another or a higher user', async () => {
    const [member, other] = [await server.person(), await server.person()]
    const attempts = [
      await member.send('PATCH', `/api/v0/users/${other.id}`, {
        dotfiles_git_uri: 'https://evil.example/x',
      }),
      await member.send('PATCH', `/api/v0/users/${other.id}`, { login_type: 'oidc' }),
      await member.send('PATCH', '/api/v0/users/me', { roles: ['site-manager'] }),
      await member.send('PATCH', '/api/v0/users/me', { login_type: 'oidc' }),
      await member.send('PATCH', '/api/v0/users/me', { revoked: true }),
    ]
    expect(attempts.map((attempt) => attempt.status)).toEqual([404, 404, 403, 403, 403])
  })

  test('row 20: arrays, duplicate keys and nested types are refused', async () => {
    const path = '/api/v0/users'
    for (const body of [
      '{"name":"x","username":"r20","email":["r20@example.com","evil@example.com"]}',
      '{"name":{"toString":1},"username":"r20","email":"r20@example.com"}',
      '{"name":"x","username":"r20","email":"r20@example.com","email":"evil@example.com"}',
      '{"name":"x","username":"r20","email":"r20@example.com","role":["site-admin"]}',
    ]) {
      expect((await server.admin.send('POST', path, body)).status).toBe(400)
    }
    expect(await server.sql("select 1 from users where username = 'r20'")).toEqual([])
  })

  test('a dotfiles address that is no repository is refused', async () => {
    const member = await server.person()
    for (const uri of [
      'javascript:alert(1)',
      'file:///etc/passwd',
      'https://x y',
      '--upload-pack=x',
    ]) {
      const answer = await member.send('PATCH', '/api/v0/users/me', { dotfiles_git_uri: uri })
      expect(answer.status).toBe(400)
    }
    const good = await member.send('PATCH', '/api/v0/users/me', {
      dotfiles_git_uri: 'git@git.example.com:ann/dotfiles.git',
    })
    expect(good.status).toBe(200)
  })

  test('400: what belongs to a new password, without one', async () => {
    const member = await server.person()
    for (const body of [{ temporary_password: false }, { old_password: 'anything' }]) {
      const answer = await server.admin.send('PATCH', `/api/v0/users/${member.id}`, body)
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, Object.keys(body)[0]])
    }
  })

  test('the SSH key is the owner’s alone, and OpenSSH can read it', async () => {
    const member = await server.person()
    const key = await member.send('GET', '/api/v0/users/me/sshkey')
    expect(key.body.private_key).toContain('BEGIN OPENSSH PRIVATE KEY')
    expect((await server.admin.send('GET', `/api/v0/users/${member.id}/sshkey`)).status).toBe(403)
    // A key that may only read the user does not get what opens their workspaces.
    for (const [scopes, status] of [
      [['users:read'], 403],
      [['users:read', 'users:update'], 200],
    ] as const) {
      const body = { name: scopes.join(' '), scopes }
      const made = await member.send('POST', '/api/v0/api-keys/me', body)
      const headers = { 'session-token': made.body.key }
      const answer = await server.send('GET', '/api/v0/users/me/sshkey', undefined, headers)
      expect([answer.status, answer.text.includes('PRIVATE KEY')]).toEqual([status, status === 200])
    }
    const [row] = await server.sql('select ssh_private_key from users where id = $1', [member.id])
    expect(row.ssh_private_key.toString('latin1')).not.toContain('OPENSSH')
  })
})
