-- Registries of container images, each of one organization.

create table registries (
  id               uuid primary key,
  organization_id  uuid not null references organizations (id) on delete cascade,
  friendly_name    text not null,
  -- `host[:port]`; with `http://` before it where the registry speaks no TLS. Docker Hub has one name.
  registry         text not null,
  -- Empty: the registry is used without credentials.
  username         text not null default '',
  -- Encrypted for this row.
  password         bytea,
  version          integer not null default 1,
  created_at       timestamptz(3) not null,
  updated_at       timestamptz(3) not null,
  constraint registries_credentials check ((username = '') = (password is null))
);
create unique index registries_name_key on registries (organization_id, lower(friendly_name));
-- Lists of everything are ordered by name; those of a few organizations use the index above.
create index registries_by_name on registries (lower(friendly_name), id);
