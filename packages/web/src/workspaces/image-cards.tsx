import type { Image } from '@atelier/api'
import { Group, Radio, Text } from '@mantine/core'
import { recommendedText, systemText } from '../images/words.ts'
import './image-cards.css'

/** The images to choose from, as cards; one is always chosen. */
export function ImageCards({
  images,
  organizations,
  value,
  onChange,
}: {
  images: readonly Image[]
  /** Names by id, where there are several to tell apart. */
  organizations: ReadonlyMap<string, string>
  value: string
  onChange: (image: string) => void
}) {
  return (
    <Radio.Group label="Image" value={value} onChange={onChange} className="image-cards">
      <div className="image-cards-grid">
        {images.map((image) => (
          <Radio.Card key={image.id} value={image.id} className="image-card">
            <Group wrap="nowrap" align="flex-start" gap="sm">
              <Radio.Indicator className="image-card-indicator" />
              <span className="image-card-text">
                <span className="image-card-name">{image.repository}</span>
                {image.description !== '' && (
                  <Text span size="sm" lineClamp={2} className="image-card-line">
                    {image.description}
                  </Text>
                )}
                <Text span size="xs" c="dimmed" className="image-card-line">
                  {image.default_tag !== null &&
                    `${image.default_tag.tag} · ${systemText(image.default_tag)}`}
                </Text>
                <Text span size="xs" c="dimmed" className="image-card-line">
                  {recommendedText(image)}
                </Text>
                {organizations.has(image.organization_id) && (
                  <Text span size="xs" c="dimmed" className="image-card-line">
                    {organizations.get(image.organization_id)}
                  </Text>
                )}
              </span>
            </Group>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  )
}
