import { playRoutesOf } from './matrix.ts'

playRoutesOf('devUrls')
