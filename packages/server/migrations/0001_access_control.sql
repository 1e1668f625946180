-- People, organizations, credentials and the audit log: everything that decides who may do what.
-- Ids are UUIDv7 made by the program (Postgres 15 has no uuidv7()). Times hold milliseconds, as the API
-- shows them, so that a page may begin after a time that the API gave.

create extension if not exists pg_trgm;

-- Every letter and every two letters that stand together: what searches of one or two letters look up,
-- since trigrams know those only where words begin. Its price is said because a plan that computes it for
-- every row is a bad one.
create function short_terms(value text) returns text[] language sql immutable strict parallel safe cost 100 as $$
  select string_to_array(value, null)
    || string_to_array(rtrim(regexp_replace(value, '(..)', E'\\1\n', 'g'), E'\n'), E'\n')
    || string_to_array(rtrim(regexp_replace(substr(value, 2), '(..)', E'\\1\n', 'g'), E'\n'), E'\n')
$$;

create table users (
  id                    uuid primary key,
  email                 text not null,
  username              text not null,
  name                  text not null,
  avatar_hash           text not null default '',
  site_role             text not null default 'site-member'
    check (site_role in ('site-admin', 'site-manager', 'site-auditor', 'site-member')),
  -- `deleting`: gone for everybody, while a background job removes what belonged to them.
  status                text not null default 'active'
    check (status in ('active', 'suspended', 'deleting')),
  login_type            text not null default 'built-in' check (login_type in ('built-in', 'oidc', 'saml')),
  password_hash         text,
  temporary_password    boolean not null default false,
  dotfiles_git_uri      text not null default '',
  ux_state              jsonb not null default '{}',
  ssh_public_key        text,
  ssh_private_key       bytea,
  key_regenerated_at    timestamptz(3),
  terms_accepted        text,
  last_seen_at          timestamptz(3),
  version               integer not null default 1,
  created_at            timestamptz(3) not null,
  updated_at            timestamptz(3) not null,
  -- One column and one trigram index serve the search over name, username and e-mail; another pair serves
  -- those who may see the directory only, so that searching tells them nothing about e-mail addresses.
  search                text generated always as (lower(username || ' ' || name || ' ' || email)) stored,
  directory_search      text generated always as (lower(username || ' ' || name)) stored,
  -- A site admin is always active: suspending or deleting them would leave the system without one.
  constraint users_site_admin_is_active check (site_role <> 'site-admin' or status = 'active')
-- Indexes answer alone only for pages that were vacuumed since they changed.
) with (autovacuum_vacuum_scale_factor = 0.02);

-- Username and e-mail are free again as soon as a user is being deleted.
create unique index users_email_key on users (lower(email)) where status <> 'deleting';
create unique index users_username_key on users (lower(username)) where status <> 'deleting';
-- Access-control.md 3.4: never two site admins ...
create unique index users_one_site_admin on users (site_role) where site_role = 'site-admin';
-- What waits to be put into an index of words is read by every search and put there by some writer: it
-- stays small, and where few rows go in, nothing waits.
create index users_search on users using gin (search gin_trgm_ops)
  with (gin_pending_list_limit = 1024);
create index users_directory_search on users using gin (directory_search gin_trgm_ops)
  with (gin_pending_list_limit = 1024);
create index users_short_terms on users using gin (short_terms(search))
  with (gin_pending_list_limit = 1024);
create index users_directory_short_terms on users using gin (short_terms(directory_search))
  with (gin_pending_list_limit = 1024);
-- An eighth of everybody, taken and ordered at random, and a 64th: they tell how many a word finds much
-- faster than all of it can be read.
create index users_sample on users (substr(uuid_send(id), 9)) include (id, status, search, directory_search)
  where status <> 'deleting' and get_byte(uuid_send(id), 15) & 7 = 0;
create index users_search_sample on users using gin (search gin_trgm_ops) with (fastupdate = off)
  where get_byte(uuid_send(id), 15) & 7 = 0;
create index users_directory_search_sample on users using gin (directory_search gin_trgm_ops) with (fastupdate = off)
  where get_byte(uuid_send(id), 15) & 7 = 0;
create index users_search_small_sample on users using gin (search gin_trgm_ops) with (fastupdate = off)
  where get_byte(uuid_send(id), 15) & 63 = 0;
create index users_directory_search_small_sample on users using gin (directory_search gin_trgm_ops) with (fastupdate = off)
  where get_byte(uuid_send(id), 15) & 63 = 0;
-- Each order carries what the filters and the search ask for, so that passing by many who are not meant
-- reads no rows.
create index users_by_username on users (lower(username), id)
  include (username, site_role, status, search, directory_search) where status <> 'deleting';
create index users_by_name on users (lower(name), id)
  include (name, site_role, status, search, directory_search) where status <> 'deleting';
create index users_by_email on users (lower(email), id)
  include (email, site_role, status, search) where status <> 'deleting';
create index users_by_created_at on users (created_at, id)
  include (site_role, status, search) where status <> 'deleting';
create index users_by_last_seen_at on users (coalesce(last_seen_at, '-infinity'), id)
  include (last_seen_at, site_role, status, search) where status <> 'deleting';
-- The few with another role than a member's, and the suspended, in any order: they are sorted as read.
create index users_by_role on users (site_role, lower(username), id)
  include (username, name, email, status, created_at, last_seen_at, search)
  where status <> 'deleting' and site_role <> 'site-member';
create index users_suspended on users (lower(username), id)
  include (username, name, email, site_role, created_at, last_seen_at, search) where status = 'suspended';
create index users_suspended_search on users using gin (search gin_trgm_ops) with (fastupdate = off)
  where status = 'suspended';

-- ... and never none once there was one. An invariant, not a rule: it holds whatever the program does.
create function users_keep_a_site_admin() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from users where site_role = 'site-admin') then
    raise exception 'exactly one site admin must remain' using errcode = 'restrict_violation';
  end if;
  return null;
end $$;

create constraint trigger users_keep_a_site_admin
  after update or delete on users deferrable initially deferred
  for each row when (old.site_role = 'site-admin') execute function users_keep_a_site_admin();

create function refuse_truncate() returns trigger language plpgsql as $$
begin
  raise exception '% cannot be truncated', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger users_refuse_truncate before truncate on users execute function refuse_truncate();

create table organizations (
  id                        uuid primary key,
  name                      text not null,
  description               text not null default '',
  is_default                boolean not null default false,
  default_role              text not null default 'organization-member'
    check (default_role in ('organization-super-manager', 'organization-manager',
      'organization-image-manager', 'organization-importer', 'organization-member')),
  resource_namespace        text not null default '',
  auto_off_threshold        bigint not null default 0,
  cpu_provisioning_rate     double precision not null default 1,
  memory_provisioning_rate  double precision not null default 1,
  version                   integer not null default 1,
  created_at                timestamptz(3) not null,
  updated_at                timestamptz(3) not null
);
create unique index organizations_name_key on organizations (lower(name));
create index organizations_by_name on organizations (lower(name), id);

create table organization_members (
  organization_id   uuid not null references organizations (id) on delete cascade,
  user_id           uuid not null references users (id) on delete cascade,
  role              text not null
    check (role in ('organization-super-manager', 'organization-manager',
      'organization-image-manager', 'organization-importer', 'organization-member')),
  roles_updated_at  timestamptz(3) not null,
  created_at        timestamptz(3) not null,
  primary key (organization_id, user_id)
);
create index organization_members_by_user on organization_members (user_id, organization_id);

-- Browser and program sessions of people. Only a hash of the token is kept.
create table sessions (
  id            uuid primary key,
  user_id       uuid not null references users (id) on delete cascade,
  token_hash    bytea not null unique,
  ip            text not null,
  user_agent    text not null,
  created_at    timestamptz(3) not null,
  last_seen_at  timestamptz(3) not null,
  expires_at    timestamptz(3) not null
);
create index sessions_by_user on sessions (user_id, created_at desc);
create index sessions_by_expiry on sessions (expires_at);

create table api_keys (
  -- Ten letters and digits: the part of the key before the hyphen.
  id             text primary key check (id ~ '^[A-Za-z0-9]{10}$'),
  user_id        uuid not null references users (id) on delete cascade,
  name           text not null,
  secret_hash    bytea not null,
  application    boolean not null default false,
  -- `null`: everything that its owner may do.
  scopes         text[],
  expires_at     timestamptz(3),
  last_used_at   timestamptz(3),
  -- The maximum age counts from the last secret.
  secret_at      timestamptz(3) not null,
  version        integer not null default 1,
  created_at     timestamptz(3) not null
);
create unique index api_keys_name_key on api_keys (user_id, lower(name));
create index api_keys_by_created_at on api_keys (created_at desc, id desc);
create index api_keys_by_name on api_keys (lower(name), id);
create index api_keys_by_last_used_at on api_keys (coalesce(last_used_at, '-infinity'), id);
create index api_keys_name_search on api_keys using gin (lower(name) gin_trgm_ops);

-- Failed sign-ins of the last hour, for throttling across all server processes.
create table sign_in_failures (
  bucket      text not null,
  failed_at   timestamptz(3) not null
);
create index sign_in_failures_by_bucket on sign_in_failures (bucket, failed_at);
create index sign_in_failures_by_time on sign_in_failures (failed_at);

-- Addresses from which a user has signed in before: an attacker elsewhere cannot lock them out.
create table known_addresses (
  user_id   uuid not null references users (id) on delete cascade,
  address   text not null,
  seen_at   timestamptz(3) not null,
  primary key (user_id, address)
);

-- One row for each setting that somebody changed; defaults live in the program.
create table settings (
  key         text primary key,
  value       jsonb not null,
  updated_at  timestamptz(3) not null,
  updated_by  uuid references users (id) on delete set null
);

create table system_banners (
  id                uuid primary key,
  kind              text not null check (kind in ('header', 'footer', 'message')),
  format            text not null check (format in ('text', 'markdown')),
  body              text not null,
  background_color  text not null,
  text_color        text not null,
  enabled           boolean not null,
  dismissible       boolean not null,
  starts_at         timestamptz(3),
  ends_at           timestamptz(3),
  revision          text not null,
  version           integer not null default 1,
  created_at        timestamptz(3) not null,
  updated_at        timestamptz(3) not null
);

-- Background work that survives restarts: a worker takes a job for a lease and renews it.
create table jobs (
  id            uuid primary key,
  kind          text not null,
  payload       jsonb not null,
  attempts      integer not null default 0,
  last_error    text,
  run_at        timestamptz(3) not null,
  leased_until  timestamptz(3),
  created_at    timestamptz(3) not null
);
create index jobs_by_run_at on jobs (run_at, id);

-- Answers to requests that carried an Idempotency-Key, kept for a day. The body is encrypted: it may hold a secret.
create table idempotency_keys (
  principal     text not null,
  key           text not null,
  request_hash  bytea not null,
  status        integer,
  body          bytea,
  created_at    timestamptz(3) not null,
  primary key (principal, key)
);
create index idempotency_keys_by_time on idempotency_keys (created_at);

-- Server processes that may hold cached sessions: whoever revokes waits for each of them.
create table server_processes (
  id          uuid primary key,
  seen_at     timestamptz(3) not null default now()
);

-- Single facts about this installation: a check value of the secret key, the setup token.
create table facts (
  key    text primary key,
  value  bytea not null
);

-- The audit log. Entries refer to nothing, so that they outlive whom and what they speak of.
create table audit_log (
  id             uuid primary key,
  at             timestamptz(3) not null,
  -- Order of commits for the sealer: every transaction below the oldest running one has ended.
  xid            xid8 not null default pg_current_xact_id(),
  actor_id       uuid,
  actor_username text not null default '',
  actor_email    text not null default '',
  api_key_id     text,
  ip             text not null,
  user_agent     text not null,
  action         text not null,
  resource_type  text not null,
  resource_id    text not null,
  target         text not null,
  outcome        text not null check (outcome in ('success', 'denied', 'failed')),
  diff           jsonb not null,
  allowed_by     text,
  refusal_code   text,
  refusal        text,
  request_id     text not null,
  -- The space makes the first word begin like the others: trigrams know where words begin.
  target_search  text generated always as (' ' || lower(target)) stored
-- Indexes answer alone only for pages that were vacuumed since they were written.
) with (autovacuum_vacuum_insert_scale_factor = 0.02);
create index audit_log_by_time on audit_log (at desc, id desc);
-- The target goes along where a filter may leave many entries to be searched.
create index audit_log_by_actor on audit_log (actor_id, at desc, id desc) 
  include (actor_username, actor_email, action, target_search);
create index audit_log_by_type on audit_log (resource_type, at desc, id desc) include (target_search);
create index audit_log_by_action on audit_log (action, at desc, id desc) include (target_search);
create index audit_log_by_type_action on audit_log (resource_type, action, at desc, id desc);
create index audit_log_by_resource on audit_log (resource_id, at desc, id desc);
-- Few entries are refused or failed: these stay small, and a second filter needs no walk through all.
create index audit_log_by_outcome on audit_log (outcome, at desc, id desc) include (target_search)
  where outcome <> 'success';
create index audit_log_by_outcome_action on audit_log (outcome, action, at desc, id desc)
  where outcome <> 'success';
create index audit_log_by_outcome_type on audit_log (outcome, resource_type, at desc, id desc)
  where outcome <> 'success';
create index audit_log_by_outcome_actor on audit_log (outcome, actor_id, at desc, id desc)
  where outcome <> 'success';
create index audit_log_by_xid on audit_log (xid, id);
create index audit_log_search on audit_log using gin (target_search gin_trgm_ops)
  with (gin_pending_list_limit = 1024);
-- One entry in 32, and in 128, taken at random: they tell how many a word finds much faster than all of it
-- can be read.
create index audit_log_search_sample on audit_log using gin (target_search gin_trgm_ops) with (fastupdate = off)
  where get_byte(uuid_send(id), 15) & 31 = 0;
create index audit_log_search_small_sample on audit_log using gin (target_search gin_trgm_ops) with (fastupdate = off)
  where get_byte(uuid_send(id), 15) & 127 = 0;
-- From a name as it was recorded to whoever had it. Equal keys share an index entry, so these stay small.
create index audit_log_by_username on audit_log (lower(actor_username), actor_id);
create index audit_log_by_email on audit_log (lower(actor_email), actor_id);

-- The hash chain over committed entries, written by one sealer a moment later (design: performance).
create table audit_chain (
  sequence  bigint primary key,
  entry_id  uuid not null unique,
  hash      bytea not null
);

create table audit_seal (
  one       boolean primary key default true check (one),
  -- Transaction ids mean something in one Postgres cluster only; empty where it does not tell its name.
  cluster   text not null,
  -- Everything up to here is sealed.
  xid       xid8 not null,
  entry_id  uuid not null,
  sequence  bigint not null,
  hash      bytea not null
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function refuse_change();
create trigger audit_log_refuse_truncate before truncate on audit_log execute function refuse_truncate();
create trigger audit_chain_append_only before update or delete on audit_chain
  for each row execute function refuse_change();
create trigger audit_chain_refuse_truncate before truncate on audit_chain execute function refuse_truncate();
