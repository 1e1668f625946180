import { Anchor, Button, Menu, NavLink } from '@mantine/core'
import type { AnchorProps, ButtonProps, MenuItemProps, NavLinkProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'

type Base<Props> = Omit<Props, 'href'> &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof Props | 'href'> & {
    ref?: Ref<HTMLAnchorElement>
  }

/** A text link to a page of this app: `<AnchorLink to="/users">Users</AnchorLink>`. */
export const AnchorLink = createLink((props: Base<AnchorProps>) => <Anchor {...props} />)

/** A link that looks like a button. */
export const ButtonLink = createLink((props: Base<ButtonProps>) => (
  <Button component="a" {...props} />
))

/** A link inside a menu. */
export const MenuItemLink = createLink((props: Base<MenuItemProps>) => (
  <Menu.Item component="a" {...props} />
))

/** A link of a side or drawer navigation; it marks itself when its page is open. */
export const SideLink = createLink((props: Base<NavLinkProps>) => (
  <NavLink component="a" {...props} />
))
