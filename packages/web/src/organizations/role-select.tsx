import type { OrganizationRole } from '@atelier/access'
import { Select, type SelectProps } from '@mantine/core'
import { Check } from 'lucide-react'
import './organizations.css'
import { roleChoices } from './roles.ts'

interface Props extends Omit<SelectProps, 'data' | 'value' | 'onChange' | 'renderOption'> {
  value: OrganizationRole
  onChange: (role: OrganizationRole) => void
}

/** A choice between the five organization roles, each with what it means. */
export function RoleSelect({ value, onChange, comboboxProps, ...props }: Props) {
  return (
    <Select
      data={roleChoices}
      value={value}
      onChange={(role) => {
        if (role !== null) onChange(role as OrganizationRole)
      }}
      allowDeselect={false}
      classNames={{ option: 'two-line-option' }}
      maxDropdownHeight={420}
      // A list may hold two hundred of these.
      comboboxProps={{ shadow: 'md', keepMounted: false, ...comboboxProps }}
      renderOption={({ option, checked }) => (
        <span className="role-option">
          <span>
            <span className="role-option-name">{option.label}</span>
            <span className="role-option-meaning">
              {roleChoices.find((choice) => choice.value === option.value)?.meaning}
            </span>
          </span>
          {checked === true && <Check size={16} aria-hidden="true" className="role-option-check" />}
        </span>
      )}
      {...props}
    />
  )
}
