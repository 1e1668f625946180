import { playRoutesOf } from './matrix.ts'

playRoutesOf('workspaceProviders')
