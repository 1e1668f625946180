-- Images that workspaces are made of, each of one organization, and their tags.

-- What the key of images below refers to.
alter table registries add constraint registries_of_organization unique (id, organization_id);

create table images (
  id                 uuid primary key,
  organization_id    uuid not null references organizations (id) on delete cascade,
  registry_id        uuid not null,
  repository         text not null,
  description        text not null default '',
  -- Where its source is.
  url                text not null default '',
  default_cpu_cores  double precision not null,
  default_memory_gb  double precision not null,
  default_disk_gb    integer not null,
  -- No new workspaces.
  deprecated         boolean not null default false,
  -- When its tags are looked up next.
  refresh_at         timestamptz(3) not null,
  version            integer not null default 1,
  created_at         timestamptz(3) not null,
  updated_at         timestamptz(3) not null,
  -- Never a registry of another organization, whose credentials would be used. Not `restrict`: an
  -- organization takes both along.
  constraint images_registry foreign key (registry_id, organization_id)
    references registries (id, organization_id)
);
create unique index images_repository_key on images (registry_id, repository);
create index images_by_repository on images (repository, id);
create index images_by_organization on images (organization_id, repository, id);
create index images_by_refresh on images (refresh_at);

create table image_tags (
  image_id              uuid not null references images (id) on delete cascade,
  tag                   text not null,
  is_default            boolean not null default false,
  -- Not for new workspaces; those that there are take the default tag when they are built again.
  decommissioned        boolean not null default false,
  -- The digest of the manifest that the tag leads to.
  latest_hash           text not null,
  hash_last_updated_at  timestamptz(3) not null,
  checked_at            timestamptz(3) not null,
  -- Why the last look-up failed; what was known before stays.
  failure               text,
  size                  bigint not null,
  os_release            jsonb,
  created_at            timestamptz(3) not null,
  updated_at            timestamptz(3) not null,
  primary key (image_id, tag),
  constraint image_tags_default_is_in_use check (not (is_default and decommissioned))
);
create unique index image_tags_one_default on image_tags (image_id) where is_default;
