-- Images that no registry has: the one that is built on the engine's machine, and a sandbox's host.

alter table images
  alter column registry_id drop not null,
  add column source text not null default 'registry' check (source in ('registry', 'local', 'host')),
  add constraint images_source check ((source = 'registry') = (registry_id is not null));
create unique index images_platform_key on images (organization_id, source, repository)
  where registry_id is null;

-- What new organizations are given.
create table platform_images (
  source       text not null check (source in ('local', 'host')),
  repository   text not null,
  tag          text not null,
  latest_hash  text not null,
  size         bigint not null,
  os_release   jsonb,
  created_at   timestamptz(3) not null,
  primary key (source, repository)
);
