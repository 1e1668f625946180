import { playRoutesOf } from './matrix.ts'

playRoutesOf('organizations', 'apiKeys')
