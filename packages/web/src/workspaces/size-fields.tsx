import { NumberInput, SimpleGrid } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'

/** What a workspace may use; empty numbers are refused by the contract. */
export interface SizeValues {
  cpu_cores: number | string
  memory_gb: number | string
  disk_gb: number | string
}

/** The sizes as the API takes them. */
export function sizesOf(values: SizeValues) {
  const numberOf = (value: number | string) => (value === '' ? Number.NaN : Number(value))
  return {
    cpu_cores: numberOf(values.cpu_cores),
    memory_gb: numberOf(values.memory_gb),
    disk_gb: numberOf(values.disk_gb),
  }
}

/** CPU, memory and disk, side by side; `diskHint` says what the disk's number must keep to. */
export function SizeFields<Values extends SizeValues>({
  form,
  minDisk = 1,
}: {
  form: UseFormReturnType<Values>
  minDisk?: number
}) {
  const common = { step: 1, clampBehavior: 'none', allowNegative: false } as const
  return (
    <SimpleGrid cols={{ base: 1, xs: 3 }}>
      <NumberInput label="CPU cores" min={0.1} {...common} {...form.getInputProps('cpu_cores')} />
      <NumberInput
        label="Memory in GB"
        min={0.1}
        {...common}
        {...form.getInputProps('memory_gb')}
      />
      <NumberInput
        label="Disk in GB"
        min={minDisk}
        allowDecimal={false}
        {...common}
        {...form.getInputProps('disk_gb')}
      />
    </SimpleGrid>
  )
}
