import { contrastRatio, legibleTextColor, minimumContrast } from '@atelier/api'
import { Button, ColorInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { CircleAlert, CircleCheck } from 'lucide-react'
import type { BannerValues } from './banner-values.ts'

const backgrounds = ['#000000', '#1864ab', '#1b4332', '#5c2a9d', '#b42318', '#fff3bf', '#ffd43b']

/** The two colours of a banner, and how well they can be told apart. */
export function ColorFields({ form }: { form: UseFormReturnType<BannerValues> }) {
  const { background_color: background, text_color: text } = form.values
  const isColor = (value: string) => /^#[0-9a-f]{6}$/i.test(value)
  const ratio = isColor(background) && isColor(text) ? contrastRatio(background, text) : undefined
  const fitting = legibleTextColor(background, text)
  return (
    <div>
      <div className="banner-colors">
        <ColorInput
          label="Background"
          format="hex"
          swatches={backgrounds}
          eyeDropperButtonProps={{ 'aria-label': 'Pick a colour from the screen' }}
          {...form.getInputProps('background_color')}
        />
        <ColorInput
          label="Text colour"
          format="hex"
          swatches={['#ffffff', '#000000']}
          eyeDropperButtonProps={{ 'aria-label': 'Pick a colour from the screen' }}
          {...form.getInputProps('text_color')}
        />
      </div>
      {ratio !== undefined && (
        <div className="banner-contrast" data-good={ratio >= minimumContrast} role="status">
          <span className="banner-contrast-ratio">
            {ratio >= minimumContrast ? (
              <CircleCheck size={16} aria-hidden="true" />
            ) : (
              <CircleAlert size={16} aria-hidden="true" />
            )}
            Contrast {shown(ratio)} to 1
          </span>
          {ratio < minimumContrast && (
            <>
              <span>At least {minimumContrast} to 1 is needed.</span>
              <Button
                variant="default"
                size="compact-sm"
                onClick={() => {
                  form.setFieldValue('text_color', fitting)
                }}
              >
                Use {fitting === '#ffffff' ? 'white' : 'black'} text
              </Button>
            </>
          )}
        </div>
      )}
    </div>
  )
}

/** Rounded down, so that too little never reads as enough. */
function shown(ratio: number): string {
  return (Math.floor(ratio * 10) / 10).toFixed(1)
}
