import { Kbd, Modal, Switch, Table } from '@mantine/core'
import { useSingleKeys } from './keyboard.ts'

const mac = /mac|iphone|ipad/i.test(navigator.userAgent)

const shortcuts: readonly (readonly [readonly string[], string])[] = [
  [[mac ? '⌘' : 'Ctrl', 'K'], 'Find a page, an action or a person'],
  [['/'], 'Go to the search field of the page'],
  [['?'], 'Open this help'],
  [['Esc'], 'Close the open dialog or menu'],
  [['Tab'], 'Go to the next control; with Shift to the one before'],
]

/** Lists the shortcuts, and turns the single-key ones off. */
export function KeyboardHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [singleKeys, setSingleKeys] = useSingleKeys()
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard shortcuts">
      <Table mb="md">
        <Table.Tbody>
          {shortcuts.map(([keys, meaning]) => (
            <Table.Tr key={meaning}>
              <Table.Th scope="row" fw={400}>
                {meaning}
              </Table.Th>
              <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>
                {keys.map((key) => (
                  <Kbd key={key} ml={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Switch
        checked={singleKeys}
        onChange={(event) => {
          setSingleKeys(event.currentTarget.checked)
        }}
        label="Single-key shortcuts"
        description="Turn off if you dictate text or press keys by accident."
      />
    </Modal>
  )
}
