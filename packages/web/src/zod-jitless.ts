import { z } from 'zod'

// zod compiles its checks with `new Function` unless told otherwise, which the content security
// policy forbids. This file is imported before any schema.
z.config({ jitless: true })
