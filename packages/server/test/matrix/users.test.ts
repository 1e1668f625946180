import { playRoutesOf } from './matrix.ts'

playRoutesOf('users')
