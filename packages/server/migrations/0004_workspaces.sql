-- What runs workspaces, the workspaces, their builds with logs, and their dev URLs.

create table workspace_providers (
  id                uuid primary key,
  name              text not null,
  kind              text not null check (kind in ('engine', 'sandbox')),
  -- `unix:///path` or `tcp://host:port` of an engine; empty for a sandbox.
  endpoint          text not null default '',
  -- PEM; for `tcp` only.
  tls_ca            text,
  tls_certificate   text,
  -- Encrypted for this row.
  tls_key           bytea,
  -- The one that is taken where none is named.
  built_in          boolean not null default false,
  -- Set: no new workspaces and no builds.
  cordoned_at       timestamptz(3),
  cordon_reason     text not null default '',
  -- As it was found last.
  status            text not null default 'pending' check (status in ('pending', 'ready', 'error')),
  status_reason     text not null default '',
  status_version    text not null default '',
  cpu_cores         double precision,
  memory_bytes      bigint,
  unenforced        jsonb not null default '[]',
  checked_at        timestamptz(3),
  -- When it is asked again.
  check_at          timestamptz(3) not null default now(),
  version           integer not null default 1,
  created_at        timestamptz(3) not null,
  updated_at        timestamptz(3) not null
);
create unique index workspace_providers_name_key on workspace_providers (lower(name));
create unique index workspace_providers_one_built_in on workspace_providers (built_in) where built_in;

-- Who may use a provider: without a row nobody.
create table workspace_provider_organizations (
  provider_id      uuid not null references workspace_providers (id) on delete cascade,
  organization_id  uuid not null references organizations (id) on delete cascade,
  primary key (provider_id, organization_id)
);
create index workspace_provider_organizations_by_organization
  on workspace_provider_organizations (organization_id);

-- What the keys of workspaces below refer to.
alter table images add constraint images_of_organization unique (id, organization_id);

create table workspaces (
  id                  uuid primary key,
  organization_id     uuid not null references organizations (id),
  user_id             uuid not null references users (id),
  name                text not null,
  image_id            uuid not null,
  image_tag           text not null,
  provider_id         uuid not null references workspace_providers (id),
  cpu_cores           double precision not null,
  memory_gb           double precision not null,
  disk_gb             integer not null,
  gpus                integer not null default 0,
  use_container_vm    boolean not null default false,
  status              text not null check (status in
    ('queued', 'building', 'running', 'stopping', 'off', 'failed', 'deleting')),
  -- Why it failed.
  status_reason       text not null default '',
  autostart_enabled   boolean not null default false,
  -- Milliseconds without activity; null: as the organization says.
  auto_off_threshold  bigint,
  -- The newest build.
  build_id            uuid,
  -- The token that is in it while it runs. No reference: whoever deletes a key must not wait for a
  -- change of its workspace, which may be asked for with that very key.
  api_key_id          text,
  -- Its owner asked for what it is made of: builds that nobody asks for give it a token then.
  trusted             boolean not null default true,
  -- The digest of the image that it runs, from its last build that succeeded.
  image_digest        text,
  last_built_at       timestamptz(3),
  last_opened_at      timestamptz(3),
  last_connection_at  timestamptz(3),
  version             integer not null default 1,
  created_at          timestamptz(3) not null,
  updated_at          timestamptz(3) not null,
  -- Never an image of another organization. Not `restrict`: see registries of images.
  constraint workspaces_image foreign key (image_id, organization_id)
    references images (id, organization_id),
  constraint workspaces_tag foreign key (image_id, image_tag)
    references image_tags (image_id, tag)
);
create unique index workspaces_name_key on workspaces (user_id, lower(name));
create index workspaces_by_name on workspaces (lower(name), id);
create index workspaces_by_organization on workspaces (organization_id, lower(name), id);
create index workspaces_by_user on workspaces (user_id, lower(name), id);
create index workspaces_by_image on workspaces (image_id, image_tag);
create index workspaces_by_provider on workspaces (provider_id);
create index workspaces_in_motion on workspaces (status)
  where status in ('queued', 'building', 'stopping', 'deleting');

create table workspace_builds (
  id              uuid primary key,
  workspace_id    uuid not null references workspaces (id) on delete cascade,
  kind            text not null check (kind in ('start', 'stop', 'delete')),
  status          text not null check (status in
    ('queued', 'running', 'succeeded', 'failed', 'canceled')),
  -- Who asked; null: the platform itself, for a schedule or a suspension.
  initiator_id    uuid references users (id) on delete set null,
  reason          text not null default '',
  -- Somebody wants it to end; whoever runs it looks here.
  cancel_asked    boolean not null default false,
  created_at      timestamptz(3) not null,
  started_at      timestamptz(3),
  ended_at        timestamptz(3)
);
create index workspace_builds_by_workspace on workspace_builds (workspace_id, created_at desc, id desc);
alter table workspaces add constraint workspaces_build
  foreign key (build_id) references workspace_builds (id) deferrable initially deferred;

create table workspace_build_logs (
  build_id  uuid not null references workspace_builds (id) on delete cascade,
  sequence  integer not null,
  at        timestamptz(3) not null,
  type      text not null check (type in ('start', 'stage', 'substage', 'error', 'done')),
  message   text not null,
  primary key (build_id, sequence)
);

create table dev_urls (
  id            uuid primary key,
  workspace_id  uuid not null references workspaces (id) on delete cascade,
  -- The owner of the workspace: names are theirs, since a host has no room for the workspace.
  user_id       uuid not null references users (id),
  port          integer not null check (port between 1 and 65535),
  name          text not null default '',
  scheme        text not null default 'http' check (scheme in ('http', 'https')),
  -- What its host begins with: `name--user` or `port--workspace-user`, in lower case. Two users whose
  -- names make the same host of different parts never share one.
  label         text not null,
  access        text not null default 'private' check (access in ('private', 'org', 'authed', 'public')),
  version       integer not null default 1,
  created_at    timestamptz(3) not null,
  updated_at    timestamptz(3) not null
);
create unique index dev_urls_port_key on dev_urls (workspace_id, port);
create unique index dev_urls_name_key on dev_urls (user_id, lower(name)) where name <> '';
create unique index dev_urls_label_key on dev_urls (label);

-- What a browser brings back from the main host to that of a dev URL; whoever takes it deletes it.
create table dev_url_codes (
  -- Of the code and of the browser that began, which holds the other half in a cookie.
  hash        bytea primary key,
  label       text not null,
  session_id  uuid not null references sessions (id) on delete cascade,
  -- Where in the app the browser was going.
  path        text not null,
  expires_at  timestamptz(3) not null
);
create index dev_url_codes_by_session on dev_url_codes (session_id);

-- Limits of an organization; null: none.
alter table organizations
  add column max_workspaces_per_user integer,
  add column max_workspaces integer,
  add column max_cpu_cores double precision,
  add column max_memory_gb double precision,
  add column max_disk_gb integer;

-- Jobs of one series, such as those of a workspace, are done one after the other.
alter table jobs add column series text;
create index jobs_by_series on jobs (series, id) where series is not null;

-- When workspaces that want it start by themselves: the time of a day where their owner is, on the days of
-- the week (1 is Monday) that the organization allows.
alter table users
  add column autostart_at text check (autostart_at ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  add column autostart_time_zone text not null default 'UTC';
alter table organizations
  add column autostart_days integer[] not null default '{1,2,3,4,5,6,7}';
