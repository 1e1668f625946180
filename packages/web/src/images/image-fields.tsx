import type { Image } from '@atelier/api'
import { NumberInput, SimpleGrid, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'

/** What can be changed of an image after its import; empty numbers are refused by the contract. */
export interface ImageValues {
  description: string
  url: string
  default_cpu_cores: number | string
  default_memory_gb: number | string
  default_disk_gb: number | string
}

/** The values to begin with. */
export function valuesOf(image: Image | undefined): ImageValues {
  return {
    description: image?.description ?? '',
    url: image?.url ?? '',
    default_cpu_cores: image?.default_cpu_cores ?? 2,
    default_memory_gb: image?.default_memory_gb ?? 4,
    default_disk_gb: image?.default_disk_gb ?? 20,
  }
}

/** The values as the API takes them; the contract refuses what is no number. */
export function bodyOf(values: ImageValues) {
  const numberOf = (value: number | string) => (value === '' ? Number.NaN : Number(value))
  return {
    description: values.description,
    url: values.url,
    default_cpu_cores: numberOf(values.default_cpu_cores),
    default_memory_gb: numberOf(values.default_memory_gb),
    default_disk_gb: numberOf(values.default_disk_gb),
  }
}

/** Description, source, and what a workspace of the image is offered. */
export function ImageFields<Values extends ImageValues>({
  form,
}: {
  form: UseFormReturnType<Values>
}) {
  return (
    <>
      <Textarea
        label="Description"
        description="What is in it; one line."
        maxLength={512}
        maxRows={4}
        {...form.getInputProps('description')}
      />
      <TextInput
        label="Source"
        description="Where people see how it is made; may be empty."
        type="url"
        placeholder="https://git.example.com/team/image"
        autoComplete="off"
        {...form.getInputProps('url')}
      />
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <NumberInput
          label="CPU cores"
          min={0.1}
          step={1}
          clampBehavior="none"
          allowNegative={false}
          {...form.getInputProps('default_cpu_cores')}
        />
        <NumberInput
          label="Memory in GB"
          min={0.1}
          step={1}
          clampBehavior="none"
          allowNegative={false}
          {...form.getInputProps('default_memory_gb')}
        />
        <NumberInput
          label="Disk in GB"
          min={1}
          step={1}
          clampBehavior="none"
          allowNegative={false}
          allowDecimal={false}
          {...form.getInputProps('default_disk_gb')}
        />
      </SimpleGrid>
    </>
  )
}
