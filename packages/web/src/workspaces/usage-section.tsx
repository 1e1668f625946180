import type { Workspace } from '@atelier/api'
import { Progress, Text } from '@mantine/core'
import { useId } from 'react'
import { Section } from '../shell/section.tsx'
import { shareText, usedText } from './words.ts'

const tight = 0.9

/** What a running workspace uses now; asked every few seconds while the page is looked at. */
export function UsageSection({ workspace }: { workspace: Workspace }) {
  const { latest_stat: stat, cpu_cores: cores } = workspace
  const disk = stat.disk_total === 0 ? 0 : stat.disk_used / stat.disk_total
  return (
    <Section title="In use">
      {stat.stat_error === '' ? (
        <div className="usage">
          <Usage
            name="CPU"
            share={stat.cpu_usage}
            numbers={`${shareText(stat.cpu_usage)} of ${String(cores)} ${cores === 1 ? 'core' : 'cores'}`}
          />
          <Usage
            name="Memory"
            share={stat.memory_usage}
            numbers={`${usedText(stat.memory_usage * stat.memory_total)} of ${usedText(stat.memory_total)}`}
          />
          <Usage
            name="Home"
            share={disk}
            numbers={`${usedText(stat.disk_used)} of ${usedText(stat.disk_total)}`}
          />
        </div>
      ) : (
        <Text c="dimmed">{stat.stat_error}</Text>
      )}
    </Section>
  )
}

function Usage({ name, share, numbers }: { name: string; share: number; numbers: string }) {
  const id = useId()
  return (
    <div>
      <div className="usage-line">
        <span id={id}>{name}</span>
        <span className="usage-numbers at-number">{numbers}</span>
      </div>
      <Progress.Root size="sm">
        <Progress.Section
          value={Math.min(100, share * 100)}
          color={share >= tight ? 'red.7' : 'brand.6'}
          aria-labelledby={id}
          aria-valuetext={numbers}
        />
      </Progress.Root>
    </div>
  )
}
