import { playRoutesOf } from './matrix.ts'

playRoutesOf('registries')
