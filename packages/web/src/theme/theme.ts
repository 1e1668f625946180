import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Card,
  Checkbox,
  Drawer,
  Loader,
  Menu,
  Modal,
  Notification,
  Paper,
  PasswordInput,
  Select,
  Table,
  Textarea,
  TextInput,
  Tooltip,
  createTheme,
} from '@mantine/core'
import { brand, dark, gray } from './colors.ts'

const sans =
  "'Inter Variable', Inter, ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"

const mono =
  "ui-monospace, 'SF Mono', SFMono-Regular, Menlo, 'Cascadia Mono', Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace"

/** The look of Atelier: quiet surfaces, one blue, a small type scale. */
export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: 6,
  autoContrast: true,
  luminanceThreshold: 0.28,
  colors: { brand, gray, dark },
  black: '#18202a',
  defaultRadius: 'sm',
  radius: { xs: '0.25rem', sm: '0.375rem', md: '0.5rem', lg: '0.75rem', xl: '1rem' },
  fontFamily: sans,
  fontFamilyMonospace: mono,
  fontSizes: { xs: '0.75rem', sm: '0.875rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.5' },
  headings: {
    fontFamily: sans,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.4' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.45' },
      h4: { fontSize: '0.875rem', lineHeight: '1.5' },
    },
  },
  shadows: {
    xs: 'var(--at-shadow)',
    sm: '0 1px 2px rgb(13 17 23 / 6%), 0 2px 6px rgb(13 17 23 / 5%)',
    md: '0 2px 4px rgb(13 17 23 / 6%), 0 8px 20px rgb(13 17 23 / 10%)',
    lg: '0 4px 8px rgb(13 17 23 / 8%), 0 16px 36px rgb(13 17 23 / 14%)',
    xl: '0 8px 16px rgb(13 17 23 / 10%), 0 24px 56px rgb(13 17 23 / 20%)',
  },
  focusRing: 'auto',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray' } }),
    Alert: Alert.extend({ defaultProps: { radius: 'md' } }),
    Badge: Badge.extend({ defaultProps: { variant: 'light', radius: 'sm', tt: 'none' } }),
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    Card: Card.extend({ defaultProps: { radius: 'lg', withBorder: true, shadow: 'xs' } }),
    Checkbox: Checkbox.extend({ defaultProps: { size: 'sm' } }),
    Drawer: Drawer.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    Loader: Loader.extend({ defaultProps: { size: 'sm' } }),
    Menu: Menu.extend({
      defaultProps: { shadow: 'md', radius: 'md', withInitialFocusPlaceholder: false, offset: 6 },
    }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        radius: 'lg',
        padding: 'lg',
        closeButtonProps: { 'aria-label': 'Close' },
        overlayProps: { backgroundOpacity: 0.45 },
      },
    }),
    Notification: Notification.extend({
      defaultProps: { radius: 'md', closeButtonProps: { 'aria-label': 'Dismiss' } },
    }),
    Paper: Paper.extend({ defaultProps: { radius: 'lg' } }),
    PasswordInput: PasswordInput.extend({
      defaultProps: { visibilityToggleButtonProps: { 'aria-label': 'Show or hide the password' } },
    }),
    Select: Select.extend({
      defaultProps: { checkIconPosition: 'right', comboboxProps: { shadow: 'md' } },
    }),
    Table: Table.extend({
      defaultProps: { verticalSpacing: 'xs', borderColor: 'var(--at-border)' },
    }),
    Textarea: Textarea.extend({ defaultProps: { autosize: true, minRows: 3 } }),
    TextInput: TextInput.extend({ defaultProps: {} }),
    Tooltip: Tooltip.extend({
      defaultProps: { withArrow: true, openDelay: 200, multiline: true, maw: 320, fz: 'xs' },
    }),
  },
})
